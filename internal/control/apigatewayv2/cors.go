package apigatewayv2

import (
	"context"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// DeleteCorsConfiguration takes the CORS configuration off an API.
func (s *Service) DeleteCorsConfiguration(ctx context.Context, call *wire.Call, in *gen.DeleteCorsConfigurationInput) (*gen.DeleteCorsConfigurationOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		api, err := w.api(in.ApiId)
		if err != nil {
			return err
		}
		api.CORS = nil
		return w.putAPI(api)
	})
	return &gen.DeleteCorsConfigurationOutput{}, err
}

// checkCORS says what AWS says about a configuration that cannot be; the text about credentials is recorded (fact 55).
func checkCORS(cors *gen.Cors) error {
	if cors == nil {
		return nil
	}
	if cors.AllowCredentials != nil && *cors.AllowCredentials && slices.Contains(cors.AllowOrigins, "*") {
		return badRequest("allow-credentials is not supported if 'allow-origin' is *")
	}
	const longest = 86400 // the service model's range; imports do not pass it
	if cors.MaxAge != nil && (*cors.MaxAge < -1 || *cors.MaxAge > longest) {
		return badRequest("Invalid max age in the CORS configuration: %d. Must be between -1 and %d", *cors.MaxAge, longest)
	}
	for _, origin := range cors.AllowOrigins {
		if !isOrigin(origin) {
			return badRequest("Invalid format for origin %s. Origin should begin with a valid scheme, or be *", origin)
		}
	}
	for _, method := range cors.AllowMethods {
		if method != "*" && !(gateway.ValidMethod(method) && method != gateway.MethodAny) {
			return badRequest("Invalid HTTP method in allowMethods: %s", method)
		}
	}
	for _, name := range slices.Concat(cors.AllowHeaders, cors.ExposeHeaders) {
		if name != "*" && (name == "" || !consistsOf(name, "!#$%&'*+-.^_`|~", 256)) {
			return badRequest("Invalid header name in the CORS configuration: %s", name)
		}
	}
	return nil
}

// isOrigin allows *, a scheme with *, and an origin as browsers send it.
func isOrigin(origin string) bool {
	if origin == "*" {
		return true
	}
	scheme, host, ok := strings.Cut(origin, "://")
	return ok && scheme != "" && consistsOf(scheme, "+-.", 32) && host != "" && consistsOf(host, "-._:[]*", 256)
}

func corsOf(cors *gen.Cors) *gateway.CORS {
	if cors == nil {
		return nil
	}
	out := gateway.CORS{
		AllowOrigins: cors.AllowOrigins, AllowMethods: cors.AllowMethods, AllowHeaders: cors.AllowHeaders,
		ExposeHeaders: cors.ExposeHeaders, AllowCredentials: cors.AllowCredentials != nil && *cors.AllowCredentials,
	}
	if cors.MaxAge != nil {
		out.MaxAge = new(int(*cors.MaxAge))
	}
	return &out
}

func corsOutput(cors *gateway.CORS) *gen.Cors {
	if cors == nil {
		return nil
	}
	out := gen.Cors{
		AllowOrigins: cors.AllowOrigins, AllowMethods: cors.AllowMethods, AllowHeaders: cors.AllowHeaders,
		ExposeHeaders: cors.ExposeHeaders, AllowCredentials: trueOnly(cors.AllowCredentials),
	}
	if cors.MaxAge != nil {
		out.MaxAge = new(int32(*cors.MaxAge)) //nolint:gosec // at most 86,400
	}
	return &out
}
