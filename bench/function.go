package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// function is a Lambda function whose code is one file of bench/functions.
type function struct {
	runtime types.Runtime
	handler string // after "index."
	source  string // the file
}

const functionARN = "arn:aws:lambda:" + region + ":" + accountID + ":function:"

// functionName is the name of the function behind prefix k of a work.
func functionName(k int) string { return fmt.Sprintf("bench-%05d", k) }

// node and python are functions of bench/functions.
func (b *bench) node(handler string) *function {
	return &function{types.RuntimeNodejs20x, handler, filepath.Join(b.root, "bench", "functions", "index.js")}
}

func (b *bench) python(handler string) *function {
	return &function{types.RuntimePython311, handler, filepath.Join(b.root, "bench", "functions", "index.py")}
}

// zipped is the function's code as CreateFunction takes it.
func (f *function) zipped() ([]byte, error) {
	source, err := os.ReadFile(f.source)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.Create(filepath.Base(f.source))
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(source); err != nil {
		return nil, err
	}
	err = z.Close()
	return out.Bytes(), err
}

// createFunctions makes n functions of f's code, which any API may call, and waits until they can be.
func createFunctions(ctx context.Context, s *site, f *function, n int) error {
	client := lambda.New(lambda.Options{Region: region, BaseEndpoint: aws.String("http://" + s.control), Credentials: aws.CredentialsProviderFunc(keys)})
	code, err := f.zipped()
	if err != nil {
		return err
	}
	for k := range n {
		if err := createFunction(ctx, client, f, functionName(k), code); err != nil {
			return fmt.Errorf("function %d of %d: %w", k+1, n, err)
		}
	}
	return nil
}

func createFunction(ctx context.Context, client *lambda.Client, f *function, name string, code []byte) error {
	_, err := client.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: &name, Runtime: f.runtime, Handler: aws.String("index." + f.handler), Role: aws.String("arn:aws:iam::" + accountID + ":role/bench"),
		Code: &types.FunctionCode{ZipFile: code}, Timeout: aws.Int32(10),
	})
	if err != nil {
		return err
	}
	_, err = client.AddPermission(ctx, &lambda.AddPermissionInput{
		FunctionName: &name, StatementId: aws.String("api"), Action: aws.String("lambda:InvokeFunction"),
		Principal: aws.String("apigateway.amazonaws.com"),
	})
	if err != nil {
		return err
	}
	active := lambda.NewFunctionActiveV2Waiter(client, func(o *lambda.FunctionActiveV2WaiterOptions) { o.MinDelay = 10 * time.Millisecond })
	return active.Wait(ctx, &lambda.GetFunctionInput{FunctionName: &name}, time.Minute)
}
