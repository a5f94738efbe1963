//go:build unix

package hostile

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/smithy-go"

	"github.com/dipylon/dipylon/test/harness"
)

// TestFullDisk lets no file of this process grow: changes are refused with a clear error and are not half made, traffic and
// reading go on, and changes work again when there is room.
func TestFullDisk(t *testing.T) {
	g := newGuarded(t)
	client := g.Client()
	lift := limitFiles(t, 2<<20)
	defer lift()
	written := 0
	var refused error
	for n := 0; refused == nil && n < 2000; n++ {
		_, refused = client.CreateStage(t.Context(), &apigatewayv2.CreateStageInput{
			ApiId: &g.id, StageName: aws.String(fmt.Sprintf("s%d", n%9)), StageVariables: map[string]string{"v": strings.Repeat("x", 2000)},
		})
		if refused != nil {
			break
		}
		written++
		if n%9 == 8 {
			for i := range 9 {
				if _, refused = client.DeleteStage(t.Context(), &apigatewayv2.DeleteStageInput{
					ApiId: &g.id, StageName: aws.String(fmt.Sprintf("s%d", i)),
				}); refused != nil {
					break
				}
				written--
			}
		}
	}
	var coded smithy.APIError
	if !errors.As(refused, &coded) || coded.ErrorCode() != "ServiceUnavailableException" ||
		coded.ErrorMessage() != "The data directory's disk is full; nothing was changed." {
		t.Fatalf("the full disk is told as %v", refused)
	}
	stages, err := client.GetStages(t.Context(), &apigatewayv2.GetStagesInput{ApiId: &g.id})
	if err != nil || len(stages.Items) != written+1 {
		t.Errorf("%d stages after %d: %v", len(stages.Items), written+1, err)
	}
	caller, _ := harness.HTTPClient(g.HTTPAddr())
	defer caller.CloseIdleConnections()
	if status, _, err := harness.Post(t.Context(), caller, g.url+"/x"); err != nil || status != 200 {
		t.Errorf("a full disk stops traffic: %d %v", status, err)
	}
	lift()
	if _, err := client.UpdateApi(t.Context(), &apigatewayv2.UpdateApiInput{ApiId: &g.id, Name: aws.String("room")}); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func limitFiles(t *testing.T, size uint64) (lift func()) {
	t.Helper()
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Error(err)
		}
	}
}
