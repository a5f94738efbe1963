# rest-api.tf
resource "aws_api_gateway_rest_api" "main" {
  name = "${var.project}-rest-api"
  body = templatefile("${path.module}/openapi.yaml", {
    lambda_arn = aws_lambda_function.api.arn
  })

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

# Custom request transformation for non-proxy integration
resource "aws_api_gateway_integration" "custom" {
  rest_api_id             = aws_api_gateway_rest_api.main.id
  resource_id             = aws_api_gateway_resource.users.id
  http_method             = aws_api_gateway_method.create_user.http_method
  integration_http_method = "POST"
  type                    = "AWS"
  uri                     = aws_lambda_function.api.invoke_arn

  request_templates = {
    "application/json" = <<EOF
{
  "action": "createUser",
  "body": $input.json('$'),
  "requestId": "$context.requestId",
  "sourceIp": "$context.identity.sourceIp",
  "userAgent": "$context.identity.userAgent",
  "claims": {
    "sub": "$context.authorizer.claims.sub",
    "email": "$context.authorizer.claims.email"
  }
}
EOF
  }
}

resource "aws_api_gateway_integration_response" "success" {
  rest_api_id = aws_api_gateway_rest_api.main.id
  resource_id = aws_api_gateway_resource.users.id
  http_method = aws_api_gateway_method.create_user.http_method
  status_code = aws_api_gateway_method_response.success.status_code

  response_templates = {
    "application/json" = <<EOF
#set($inputRoot = $input.path('$'))
{
  "id": "$inputRoot.id",
  "email": "$inputRoot.email",
  "name": "$inputRoot.name"
}
EOF
  }
}
