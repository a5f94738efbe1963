package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/dipylon/dipylon/internal/app"
	"github.com/dipylon/dipylon/internal/config"
)

type serveCmd struct {
	config.Config
}

// Run serves until SIGINT or SIGTERM and then drains. A second signal ends the process at once.
func (c *serveCmd) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := newLogger(c.Config)
	a, err := start(ctx, c.Config, log)
	if err != nil {
		return err
	}
	log.Info("ready", "control", a.ControlAddr(), "http", a.HTTPAddr(), "https", a.HTTPSAddr(), "data", c.DataDir)
	<-ctx.Done()
	stop()
	return drain(a, c.Config, log)
}

func start(ctx context.Context, cfg config.Config, log *slog.Logger, opts ...app.Option) (*app.App, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	opts = append(opts, app.Sentinel(self, "sentinel"))
	a, err := app.New(ctx, cfg, log, opts...)
	if err != nil {
		return nil, err
	}
	if err := a.Start(ctx); err != nil {
		return nil, errors.Join(err, a.Stop(ctx))
	}
	return a, nil
}

func drain(a *app.App, cfg config.Config, log *slog.Logger) error {
	log.Info("draining", "timeout", cfg.DrainTimeout)
	ctx, cancel := context.WithTimeout(context.Background(), cfg.DrainTimeout)
	defer cancel()
	if err := a.Stop(ctx); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	log.Info("stopped")
	return nil
}

func newLogger(cfg config.Config) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.LogLevel)) // validated by the flag's enum
	opts := &slog.HandlerOptions{Level: level}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, opts))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, opts))
}
