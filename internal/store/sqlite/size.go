package sqlite

import "os"

// Size is how many bytes the database takes on the disk, its log included.
func (s *Store) Size() (bytes int64) {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if info, err := os.Stat(s.path + suffix); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}
