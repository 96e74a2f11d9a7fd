// Package histogram counts how long things took, in fixed classes, without a lock
// and without an allocation, so that it may stand where miners wait.
//
// It keeps counts alone: no percentiles and no last values. What reads them, such
// as Prometheus, makes these of the classes.
//
// It belongs to layer L0.
package histogram
