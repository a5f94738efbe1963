package gateway

import "time"

// DocumentationPart describes a part of an API.
type DocumentationPart struct {
	ID       string
	Location DocumentationLocation
	// Properties is a JSON object as it was given.
	Properties string
}

// DocumentationLocation is what a documentation part describes.
type DocumentationLocation struct {
	Type, Path, Method, StatusCode, Name string
}

// DocumentationVersion is a snapshot of an API's documentation parts.
type DocumentationVersion struct {
	Version, Description string
	CreatedAt            time.Time
	Parts                []DocumentationPart
}
