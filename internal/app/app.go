// Package app wires the whole server, by hand, in one place: it is the only package that may import any other. An App is
// a value with New, Start and Stop; tests start it as cmd/dipylon does.
package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/dipylon/dipylon/internal/alarm"
	"github.com/dipylon/dipylon/internal/backend"
	"github.com/dipylon/dipylon/internal/compile"
	"github.com/dipylon/dipylon/internal/config"
	"github.com/dipylon/dipylon/internal/dataplane"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/jwt"
	"github.com/dipylon/dipylon/internal/jwt/devissuer"
	"github.com/dipylon/dipylon/internal/lambda/sandbox"
	"github.com/dipylon/dipylon/internal/metrics"
	"github.com/dipylon/dipylon/internal/metrics/feed"
	"github.com/dipylon/dipylon/internal/program"
	"github.com/dipylon/dipylon/internal/rollout"
	"github.com/dipylon/dipylon/internal/step/accesslog"
	"github.com/dipylon/dipylon/internal/step/authorize"
	"github.com/dipylon/dipylon/internal/step/cache"
	"github.com/dipylon/dipylon/internal/step/ratelimit"
	"github.com/dipylon/dipylon/internal/step/throttle"
	"github.com/dipylon/dipylon/internal/store/sqlite"
	"github.com/dipylon/dipylon/internal/telemetry"
	"github.com/dipylon/dipylon/internal/upstream"
	"github.com/dipylon/dipylon/internal/usage"
)

// App is a Dipylon server.
type App struct {
	cfg        config.Config
	log        *slog.Logger
	store      *sqlite.Store
	metrics    *telemetry.Metrics
	observe    func(*exchange.Exchange)
	logged     func(group string, line []byte)
	world      compile.World
	client     *upstream.Client
	groups     *backend.Registry
	issuers    *jwt.Issuers
	logGroups  *logGroups
	points     *metrics.Store
	feed       *feed.Feed
	accessLogs *accesslog.Sink
	functions  functions
	topics     topics
	alarms     *alarm.Evaluator
	sentinel   []string
	// devIssuer is nil until Start, and unless the configuration asks for it.
	devIssuer *devissuer.Issuer
	table     *program.Table
	rollout   *rollout.Rollout
	gateway   *dataplane.Server // nil when both gateway listeners are off
	control   *http.Server
	// controlListener is nil until Start.
	controlListener net.Listener

	following sync.WaitGroup
	cancel    context.CancelFunc
}

// Option changes what an App is built of.
type Option func(*App)

// Observer has observe called with every answered call, before its response is written. It must keep nothing of it.
func Observer(observe func(*exchange.Exchange)) Option {
	return func(a *App) { a.observe = observe }
}

// FunctionLines has logged called with every line of the logs of functions that run here, and with their log group,
// besides its being kept. It must keep nothing of it, and may be called by many at once.
func FunctionLines(logged func(group string, line []byte)) Option {
	return func(a *App) { a.logged = logged }
}

// Sentinel is a command line that runs [RunSentinel]: it ends the processes of functions if this one is killed.
func Sentinel(argv ...string) Option {
	return func(a *App) { a.sentinel = argv }
}

// RunSentinel is that command. It ends when the server does.
func RunSentinel(in io.Reader) error { return sandbox.Sentinel(in) }

// New opens the store and builds everything that does not listen yet. The configuration must have been validated.
func New(ctx context.Context, cfg config.Config, log *slog.Logger, opts ...Option) (*App, error) {
	measures := telemetry.New()
	st, err := sqlite.Open(ctx, sqlite.Options{Dir: cfg.DataDir, Log: log, Updated: measures.Updated})
	if err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, log: log, store: st, metrics: measures, table: &program.Table{}}
	for _, opt := range opts {
		opt(a)
	}
	a.client = upstream.New(upstream.Options{})
	if a.groups, err = backend.New(backend.Options{Groups: groupsOf(cfg.Backends), Client: a.client, Log: log}); err != nil {
		a.client.Close()
		return nil, errors.Join(err, st.Close())
	}
	a.points, err = metrics.Open(ctx, metrics.Options{Storage: a.store, Log: log, Now: time.Now, MaxSeries: cfg.MetricsMaxSeries})
	if err == nil {
		err = a.openLogs(ctx)
	}
	if err != nil {
		a.client.Close()
		return nil, errors.Join(err, st.Close())
	}
	a.issuers = jwt.New(jwt.Options{Map: cfg.Issuers, Log: log})
	a.world = compile.World{
		Issuers: a.issuers, Backends: a.client, Groups: a.groups, AccessLogs: a.accessLogs,
		Services: compile.Services{Endpoints: cfg.AWSEndpoints, Credentials: a.cfg.AWSCredential, Callers: a.cfg.SecretOf},
		Limiters: ratelimit.NewLimiters(0), Authorizers: authorize.NewCache(), Cache: cache.NewStore(cfg.Limits.Cache),
		Networks: networksOf(cfg.VPCEndpoints),
		Buckets:  throttle.NewBuckets(), Metrics: a.metrics, Log: log, Observe: a.observe,
		MaxPayload: cfg.Limits.Payload, StreamRate: cfg.Limits.StreamRate,
	}
	if err := a.openTraces(ctx); err != nil {
		a.release()
		return nil, errors.Join(err, st.Close())
	}
	if l := cfg.Limits; l.AccountRate > 0 {
		a.world.AccountLimit = &throttle.Limit{Rate: l.AccountRate, Burst: l.AccountBurst}
	}
	if err := a.build(ctx); err != nil {
		a.topics.close(ctx)
		err = errors.Join(err, a.functions.stop(ctx))
		a.release()
		return nil, errors.Join(err, st.Close())
	}
	return a, nil
}

func (a *App) build(ctx context.Context) error {
	var err error
	a.world.Usage, err = usage.Open(ctx, usage.Options{Storage: a.store, Log: a.log, Now: time.Now, Default: a.world.AccountLimit})
	if err != nil {
		return err
	}
	if a.world.Identities, err = newIdentities(a.cfg); err != nil {
		return err
	}
	if err := a.openFunctions(); err != nil {
		return err
	}
	if err := a.openTopics(); err != nil {
		return err
	}
	a.openAlarms()
	a.feed = feed.New(feed.Options{From: a.metrics, Into: a.points, Running: a.functions.running, Now: time.Now})
	a.measureParts()
	a.rollout = rollout.New(a.store, a.world, a.table, rollout.Directories{Functions: a.functions.directory, Roles: a.functions.roles})
	handler := &dataplane.Gateway{
		Table: a.table,
		NoAPI: compile.Answering(exchange.KindUnknownAPI, "", "", a.world),
	}
	limits := dataplane.Limits{
		MaxBody: a.cfg.Limits.Payload, MaxHead: a.cfg.Limits.Head, MaxConns: a.cfg.Limits.Connections,
	}
	if err := a.buildGateway(handler, limits); err != nil {
		return err
	}
	mux, err := a.controlHandler(dataplane.HTTPHandler(handler, limits))
	if err != nil {
		return err
	}
	a.control = &http.Server{
		Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	return nil
}

func (a *App) buildGateway(handler dataplane.Handler, limits dataplane.Limits) error {
	opts := dataplane.Options{Handler: handler, Limits: limits, Log: a.log}
	if a.cfg.HTTPAddr != config.Off {
		opts.HTTPAddr = a.cfg.HTTPAddr
	}
	if a.cfg.HTTPSAddr != config.Off {
		opts.HTTPSAddr = a.cfg.HTTPSAddr
		var err error
		if opts.TLS, err = a.tlsConfig(); err != nil {
			return err
		}
	}
	if opts.HTTPAddr == "" && opts.HTTPSAddr == "" {
		return nil
	}
	var err error
	if a.gateway, err = dataplane.New(opts); err != nil {
		return err
	}
	a.measureConnections()
	return nil
}

// tlsConfig serves the user's certificate, or those of an authority of our own in the data directory.
func (a *App) tlsConfig() (*tls.Config, error) {
	if a.cfg.TLSCert != "" {
		return dataplane.TLSFiles(a.cfg.TLSCert, a.cfg.TLSKey)
	}
	certificates, err := dataplane.OpenCertificates(filepath.Join(a.cfg.DataDir, "tls"))
	if err != nil {
		return nil, err
	}
	return certificates.Config(), nil
}

// Start makes the stored configuration live and begins to listen. It returns when the server is ready.
func (a *App) Start(ctx context.Context) error {
	if err := a.rollout.Load(ctx); err != nil {
		return fmt.Errorf("load the stored configuration: %w", err)
	}
	if err := a.functions.start(ctx); err != nil {
		return fmt.Errorf("make functions ready: %w", err)
	}
	follow, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.cancel = cancel
	a.following.Go(func() { a.rollout.Run(follow) })
	a.following.Go(func() { a.world.Usage.Run(follow) })
	a.following.Go(func() { a.points.Run(follow) })
	a.following.Go(func() { a.feed.Run(follow) })
	a.following.Go(func() { a.sweepCode(follow) })
	a.following.Go(func() { a.findRuntimes(follow) })
	if a.gateway != nil {
		if err := a.gateway.Start(ctx); err != nil {
			return err
		}
	}
	var err error
	if a.controlListener, err = new(net.ListenConfig).Listen(ctx, "tcp", a.cfg.ControlAddr); err != nil {
		return fmt.Errorf("listen for the control plane: %w", err)
	}
	if a.cfg.DevIssuer {
		a.devIssuer, err = devissuer.New(devissuer.Options{
			URL: "http://" + a.ControlAddr() + "/_dipylon/issuer", KeyFile: filepath.Join(a.cfg.DataDir, "dev-issuer.pem"),
		})
		if err != nil {
			return err
		}
	}
	a.topics.courier.Start()
	a.following.Go(func() { a.alarms.Run(follow) })
	go func() {
		if err := a.control.Serve(a.controlListener); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("the control plane stopped", "error", err)
		}
	}()
	return nil
}

// Stop drains both planes until ctx ends, then closes what is left, and the store last.
func (a *App) Stop(ctx context.Context) error {
	var errs []error
	if a.gateway != nil {
		errs = append(errs, a.gateway.Stop(ctx))
	}
	if a.controlListener != nil {
		if err := a.control.Shutdown(ctx); err != nil {
			errs = append(errs, err, a.control.Close())
		}
	}
	if a.cancel != nil {
		a.cancel()
	}
	a.following.Wait()
	a.topics.close(ctx)
	errs = append(errs, a.functions.stop(ctx))
	a.feed.Once()
	if t := a.world.Tracer; t != nil {
		if err := t.Close(ctx); err != nil { // a collector that is away is no failure to stop
			a.log.Warn("the last traces could not be sent", "error", err)
		}
	}
	a.release()
	errs = append(errs, a.points.Flush(ctx))
	return errors.Join(append(errs, a.store.Close())...)
}

// release ends what programs use; no call runs any more.
func (a *App) release() {
	a.groups.Close()
	a.client.Close()
	a.issuers.Close()
	a.accessLogs.Close()
	if err := a.logGroups.close(); err != nil {
		a.log.Error("the logs could not be closed", "error", err)
	}
}

// groupsOf are the configured back ends in the words of package backend.
func groupsOf(backends map[string]config.Backend) map[string]backend.Config {
	groups := make(map[string]backend.Config, len(backends))
	for arn, b := range backends {
		group := backend.Config{Addresses: b.Addresses, TLS: b.TLS, ServerName: b.ServerName}
		if h := b.Health; h != nil {
			group.Health = &backend.Health{
				Path: h.Path, Interval: time.Duration(h.Interval), Timeout: time.Duration(h.Timeout), Healthy: h.Healthy, Unhealthy: h.Unhealthy,
			}
		}
		groups[arn] = group
	}
	return groups
}

func sinkOptions(cfg config.Config, groups accesslog.Keeper, log *slog.Logger) accesslog.SinkOptions {
	opts := accesslog.SinkOptions{Groups: groups, Log: log}
	if cfg.AccessLog == "stdout" {
		opts.Stdout = os.Stdout
	} else {
		opts.File = cfg.AccessLog
	}
	return opts
}

// ControlAddr, HTTPAddr and HTTPSAddr tell where the started server listens; empty where it does not.

// ControlAddr returns the address of the AWS APIs.
func (a *App) ControlAddr() string {
	if a.controlListener == nil {
		return ""
	}
	return a.controlListener.Addr().String()
}

// HTTPAddr returns the address of the gateway's plain listener.
func (a *App) HTTPAddr() string {
	if a.gateway == nil || a.gateway.HTTPAddr() == nil {
		return ""
	}
	return a.gateway.HTTPAddr().String()
}

// HTTPSAddr returns the address of the gateway's TLS listener.
func (a *App) HTTPSAddr() string {
	if a.gateway == nil || a.gateway.HTTPSAddr() == nil {
		return ""
	}
	return a.gateway.HTTPSAddr().String()
}
