package engine

import "github.com/motherlode-pool/motherlode/engine/sharelog"

// ShareLog is the engine's share log, for those who read it. It may be called
// once Ready is closed; the log is closed when Run returns.
func (e *Engine) ShareLog() *sharelog.Log { return e.shareLog }
