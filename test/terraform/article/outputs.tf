# What the test calls. Not in the article.
output "http_api_id" {
  value = aws_apigatewayv2_api.main.id
}

output "rest_api_id" {
  value = aws_api_gateway_rest_api.main.id
}

output "api_key" {
  value     = aws_api_gateway_api_key.partner.value
  sensitive = true
}

output "user_pool_client_id" {
  value = local.user_pool_client_id
}

output "topic_arn" {
  value = aws_sns_topic.alerts.arn
}
