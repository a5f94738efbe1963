package runtimes

import (
	"archive/zip"
	"context"
	"os"
	"path/filepath"
	"strconv"

	"github.com/dipylon/dipylon/internal/lambda"
)

// Java functions bring AWS's runtime client along (https://docs.aws.amazon.com/lambda/latest/dg/java-image.html).
const (
	javaClient = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"
	javaFile   = "com/amazonaws/services/lambda/runtime/api/client/AWSLambda.class"
)

func (r *Runtimes) java(ctx context.Context, id identifier, spec Spec, cmd *Command, env *environment) error {
	found, err := r.find(ctx, id)
	if err != nil {
		return err
	}
	jars := []string{below(spec.Code, "lib"), below(spec.Layers, "java/lib")}
	if !hasJavaClient(spec.Code, jars) {
		return &lambda.Error{Kind: lambda.NoRuntime, Message: "The runtime " + id.name +
			" needs AWS's runtime interface client in the function's code or layers: add com.amazonaws:aws-lambda-java-runtime-interface-client to its dependencies."}
	}
	classpath := []string{spec.Code}
	for _, dir := range jars {
		if dir != "" {
			classpath = append(classpath, filepath.Join(dir, "*"))
		}
	}
	// As on AWS: most of the memory is heap, and starting fast counts more than running fast.
	const share = 85
	heap := strconv.Itoa(spec.Version.MemoryMB * share / 100)
	cmd.Argv = []string{
		found.path, "-Xmx" + heap + "m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.io.tmpdir=" + spec.Tmp,
		"-cp", join(classpath...), javaClient, spec.Version.Handler,
	}
	env.addPath(filepath.Dir(found.path))
	env.set("CLASSPATH", join(classpath...))
	return nil
}

// hasJavaClient looks for AWS's client among the classes and the jars of a function.
func hasJavaClient(code string, jars []string) bool {
	if _, err := os.Stat(filepath.Join(code, javaFile)); err == nil {
		return true
	}
	for _, dir := range jars {
		if dir == "" {
			continue
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.jar"))
		if err != nil {
			continue
		}
		for _, file := range files {
			if inJar(file, javaFile) {
				return true
			}
		}
	}
	return false
}

func inJar(file, name string) bool {
	jar, err := zip.OpenReader(file)
	if err != nil {
		return false
	}
	defer func() { _ = jar.Close() }()
	for _, f := range jar.File {
		if f.Name == name {
			return true
		}
	}
	return false
}
