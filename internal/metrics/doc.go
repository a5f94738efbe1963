// Package metrics keeps what CloudWatch's clients read: data points of named series, as roll-ups. What is put for a series
// within a minute (a second, if so asked) becomes one point, whatever the traffic; older points are folded into coarser
// ones. A point has the count, sum, least and greatest value, and a sketch from which percentiles come within 1 %.
//
// Points are in memory until the next flush, so a crash loses about the last second's. They are stored in a
// [store.Rollups].
//
// It may import gateway and store.
package metrics
