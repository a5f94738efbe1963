# What the article's blocks leave open. Not in the article, but for project, allowed_origins, tags, region and
# private_subnet_ids, which it names.
variable "endpoint" {
  description = "URL of Dipylon's control plane."
  type        = string
  default     = "http://127.0.0.1:4566"
}

variable "region" {
  type    = string
  default = "eu-west-1"
}

variable "project" {
  type    = string
  default = "orders"
}

variable "allowed_origins" {
  type    = list(string)
  default = ["https://app.example.com"]
}

variable "tags" {
  type    = map(string)
  default = { Project = "orders" }
}

variable "private_subnet_ids" {
  type    = list(string)
  default = ["subnet-ebec123778d6102ed", "subnet-9ba42705706c89893"]
}

variable "security_group_ids" {
  type    = list(string)
  default = ["sg-11f0df3fdeefde07a"]
}

variable "listener_arn" {
  description = "ARN of the load balancer's listener; dipylon serve --backends says where it leads."
  type        = string
  default     = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:listener/app/orders-internal/6ef3e9082e4c727b/7af4ca34aee3a8b3"
}

variable "api_zip" {
  description = "Zip of api/index.py."
  type        = string
}

variable "authorizer_zip" {
  description = "Zip of the directory authorizer."
  type        = string
}

variable "jwt_secret" {
  description = "What callers of the REST API sign their tokens with."
  type        = string
  sensitive   = true
}

variable "subscriber_url" {
  description = "Where the alarms' topic sends its messages."
  type        = string
}

variable "stage_variables" {
  type    = map(string)
  default = { release = "one" }
}

# Of the user pool that there is not: see stand-ins_override.tf.
locals {
  user_pool_id        = "${var.region}_9c1a3ce40"
  user_pool_client_id = "aa0e1880d3234000bfb0014a46"
}
