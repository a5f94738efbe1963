# The functions, their role, and where logs and alarms go. Not in the article.
resource "aws_iam_role" "lambda" {
  name = "${var.project}-lambda"
  tags = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "write_logs" {
  name = "write-logs"
  role = aws_iam_role.lambda.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "*"
    }]
  })
}

resource "aws_lambda_function" "api" {
  function_name    = "${var.project}-api-function"
  role             = aws_iam_role.lambda.arn
  runtime          = "python3.12"
  handler          = "index.handler"
  filename         = var.api_zip
  source_code_hash = filebase64sha256(var.api_zip)
  timeout          = 10
  tags             = var.tags
}

# authorizer.ts, compiled: see README.md.
resource "aws_lambda_function" "authorizer" {
  function_name    = "${var.project}-authorizer"
  role             = aws_iam_role.lambda.arn
  runtime          = "nodejs20.x"
  handler          = "index.handler"
  filename         = var.authorizer_zip
  source_code_hash = filebase64sha256(var.authorizer_zip)
  timeout          = 10

  environment {
    variables = { JWT_SECRET = var.jwt_secret }
  }
}

resource "aws_cloudwatch_log_group" "api" {
  name              = "/aws/apigateway/${var.project}"
  retention_in_days = 14
  tags              = var.tags
}

resource "aws_sns_topic" "alerts" {
  name = "${var.project}-alerts"
  tags = var.tags
}

resource "aws_sns_topic_subscription" "alerts" {
  topic_arn              = aws_sns_topic.alerts.arn
  protocol               = "http"
  endpoint               = var.subscriber_url
  endpoint_auto_confirms = true
}
