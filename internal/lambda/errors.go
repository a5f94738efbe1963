package lambda

// Kind is why a function was not run. It is a closed set.
type Kind uint8

// The kinds, with the exception that AWS's Invoke answers with.
const (
	// Internal is our own failure: ServiceException.
	Internal Kind = iota
	// NotFound is a function, version or alias that does not exist: ResourceNotFoundException.
	NotFound
	// Forbidden is a caller whom the function's policy does not allow: AccessDeniedException.
	Forbidden
	// NotAssumed is a role that the service that calls may not assume: AccessDeniedException.
	NotAssumed
	// Throttled is a call over a limit of concurrency: TooManyRequestsException.
	Throttled
	// TooLarge is an event over the limit: RequestEntityTooLargeException.
	TooLarge
	// NotReady is a function that is being created, or whose creation failed: ResourceConflictException.
	NotReady
	// NoRuntime is a runtime that this machine has not: InvalidRuntimeException. The message says what is missing.
	NoRuntime
	// Unreachable is a function elsewhere that could not be called: ServiceException.
	Unreachable
	// TimedOut is a caller's deadline that passed before the function's: no exception of AWS's, since there the caller just leaves.
	TimedOut
)

// Error says why a function was not run, or why its answer is not known.
type Error struct {
	Kind Kind
	// Message is AWS's text for the caller.
	Message string
	// Reason is a throttled call's, such as ReservedFunctionConcurrentInvocationLimitExceeded.
	Reason string
	// Cause is for the log; it may be nil.
	Cause error
}

// Error implements error.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Message + ": " + e.Cause.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// BadCode is code that cannot be used, with AWS's text for it (InvalidParameterValueException).
type BadCode struct{ Message string }

// Error implements error.
func (e *BadCode) Error() string { return e.Message }
