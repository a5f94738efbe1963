package bundle

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// pythonFunction runs Python from where it is.
func pythonFunction(ctx context.Context, src Source) (Bundle, error) {
	version, err := src.interpreter(ctx, "Python", []string{"python3", "python"}, `import sys; print("%d.%d" % sys.version_info[:2])`, "-c")
	if err != nil {
		return Bundle{}, err
	}
	out := Bundle{Runtime: "python" + nearest(version, pythonVersions), Handler: src.Handler, Dir: src.Dir, Language: "Python"}
	if out.Handler == "" {
		out.Handler = pythonHandler(src)
	}
	if out.Handler == "" {
		return out, src.errorf("%s has no lambda_function.py, app.py, handler.py, main.py or index.py with a function lambda_handler or handler;"+
			" name the handler as NAME=DIR:MODULE.FUNCTION", src.Dir)
	}
	return out, nil
}

// pythonHandler looks for the usual names.
func pythonHandler(src Source) string {
	function := regexp.MustCompile(`(?m)^(?:async )?def (lambda_handler|handler)\(|^(lambda_handler|handler) *=`)
	for module := range strings.FieldsSeq("lambda_function app handler main index") {
		text, err := os.ReadFile(filepath.Join(src.Dir, module+".py"))
		if err != nil {
			continue
		}
		found := ""
		for _, m := range function.FindAllStringSubmatch(string(text), -1) {
			if name := m[1] + m[2]; found == "" || name == "lambda_handler" {
				found = name
			}
		}
		if found != "" {
			return module + "." + found
		}
	}
	return ""
}
