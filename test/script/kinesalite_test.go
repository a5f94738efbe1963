package script

import (
	"bufio"
	"os"
	"os/exec"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// kinesalite is a server of Kinesis's protocol that is not ours (https://github.com/mhart/kinesalite, from npm): node finds
// it by NODE_PATH. It ends when its standard input does, so it outlives nobody.
const kinesalite = `const server = require("kinesalite")({createStreamMs: 0})
server.listen(0, "127.0.0.1", () => console.log("127.0.0.1:" + server.address().port))
process.stdin.resume().on("end", () => process.exit())`

// startKinesalite is the command "kinesalite NAME". It sets NAME to the server's address.
func startKinesalite(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	if len(args) != 1 {
		ts.Fatalf("usage: kinesalite NAME")
	}
	cmd := exec.Command("node", "-e", kinesalite)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	ts.Check(err)
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	addr, err := bufio.NewReader(out).ReadString('\n')
	ts.Check(err)
	ts.Setenv(args[0], strings.TrimSpace(addr))
}
