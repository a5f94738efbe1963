package wire

//go:generate go run ../../tools/wiregen
