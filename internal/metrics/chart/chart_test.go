package chart

import (
	"bytes"
	"image/color"
	"image/png"
	"math"
	"testing"
	"time"
)

var from = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func sample(n int, value func(i int) float64) Line {
	l := Line{Label: "Count", Color: color.RGBA{255, 0, 0, 255}, Period: time.Minute}
	for i := range n {
		l.Times, l.Values = append(l.Times, from.Add(time.Duration(i)*time.Minute)), append(l.Values, value(i))
	}
	return l
}

// colours counts the pixels of each colour.
func colours(t *testing.T, c *Chart) map[color.Color]int {
	t.Helper()
	text, err := c.PNG()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(text))
	if err != nil || img.Bounds().Dx() != c.Width || img.Bounds().Dy() != c.Height {
		t.Fatalf("%v, %v", img, err)
	}
	all := map[color.Color]int{}
	for y := range c.Height {
		for x := range c.Width {
			all[color.RGBAModel.Convert(img.At(x, y))]++
		}
	}
	return all
}

func TestLines(t *testing.T) {
	rising := sample(60, func(i int) float64 { return float64(i) })
	c := &Chart{Title: "Calls", Width: 600, Height: 400, From: from, To: from.Add(time.Hour), Lines: []Line{rising}}
	if n := colours(t, c)[rising.Color]; n < 600 || n > 3000 {
		t.Errorf("a line across the chart has %d pixels", n)
	}
	sparse := sample(60, func(i int) float64 { return float64(i) })
	sparse.Period = time.Second // so that all are gaps
	c.Lines = []Line{sparse}
	if n := colours(t, c)[sparse.Color]; n < 100 || n > 400 {
		t.Errorf("60 points have %d pixels", n)
	}
	blue := color.RGBA{0, 0, 255, 255}
	c.Marks = []Mark{{Label: "limit", Color: blue, Value: 30}}
	if n := colours(t, c)[blue]; n < 300 {
		t.Errorf("the mark has %d pixels", n)
	}
}

func TestStacked(t *testing.T) {
	one := func(int) float64 { return 1 }
	c := &Chart{Width: 300, Height: 200, From: from, To: from.Add(time.Hour), Stacked: true, Lines: []Line{sample(3, one), sample(2, one)}}
	if _, err := c.PNG(); err != nil || c.Lines[0].Values[0] != 1 || c.Lines[1].Values[1] != 2 {
		t.Errorf("got %v, %v", c.Lines, err)
	}
}

// TestAnything: no chart is too small, too empty or too strange to be drawn.
func TestAnything(t *testing.T) {
	strange := sample(5, func(i int) float64 { return [...]float64{math.NaN(), math.Inf(1), -1e300, 1e300, 0}[i] })
	low, high := 5.0, 1.0
	for _, c := range []*Chart{
		{Width: 1, Height: 1},
		{Width: 20, Height: 20, Title: "a title that is much too long", From: from, To: from, Lines: []Line{strange}},
		{Width: 600, Height: 400, From: from, To: from.Add(time.Hour), Lines: []Line{strange}, Least: &low, Greatest: &high},
		{Width: 600, Height: 400, From: from.Add(time.Hour), To: from, Lines: []Line{strange}},
	} {
		colours(t, c)
	}
}
