// Package logs keeps the events of log groups: a directory per group with append-only segments and, in memory, an index
// by time. It is what CloudWatch Logs' operations read, and where access logs, execution logs and the logs of functions
// are written to.
//
// An event that [Log.Append] took survives the end of the process at once and that of the machine within [Options.SyncEvery]. What a
// crash cut off is found by its checksum and removed.
//
// It may import gateway.
package logs
