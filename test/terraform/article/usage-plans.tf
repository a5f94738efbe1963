# usage-plans.tf
resource "aws_api_gateway_api_key" "partner" {
  name = "partner-api-key"
}

resource "aws_api_gateway_usage_plan" "standard" {
  name        = "standard-plan"
  description = "Standard rate limiting"

  api_stages {
    api_id = aws_api_gateway_rest_api.main.id
    stage  = aws_api_gateway_stage.prod.stage_name
  }

  quota_settings {
    limit  = 10000
    period = "MONTH"
  }

  throttle_settings {
    burst_limit = 100
    rate_limit  = 50
  }
}

resource "aws_api_gateway_usage_plan" "premium" {
  name        = "premium-plan"
  description = "Premium rate limiting"

  api_stages {
    api_id = aws_api_gateway_rest_api.main.id
    stage  = aws_api_gateway_stage.prod.stage_name
  }

  quota_settings {
    limit  = 100000
    period = "MONTH"
  }

  throttle_settings {
    burst_limit = 500
    rate_limit  = 200
  }
}

resource "aws_api_gateway_usage_plan_key" "partner_standard" {
  key_id        = aws_api_gateway_api_key.partner.id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.standard.id
}
