package engine

import "github.com/motherlode-pool/motherlode/engine/status"

// recordView adds what the files say.
func (e *Engine) recordView(v *status.View) {
	v.ShareLogBytes = uint64(e.shareLog.End())
}
