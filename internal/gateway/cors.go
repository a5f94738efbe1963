package gateway

// CORS is an API's cross-origin configuration. It is live: no deployment freezes it
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html).
type CORS struct {
	AllowOrigins, AllowMethods, AllowHeaders, ExposeHeaders []string
	// MaxAge is in seconds; nil for none.
	MaxAge           *int
	AllowCredentials bool
}
