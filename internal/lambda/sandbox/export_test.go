package sandbox

// HasGroups tells whether memory is limited by control groups.
func (k *Keeper) HasGroups() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.groups != nil
}

// KillSentinel kills the sentinel and waits for its end.
func (k *Keeper) KillSentinel() {
	k.mu.Lock()
	defer k.mu.Unlock()
	_ = k.sentinel.cmd.Process.Kill()
	_ = k.sentinel.cmd.Wait()
}
