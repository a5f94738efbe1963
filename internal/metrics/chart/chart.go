// Package chart draws lines over time as a picture.
//
// It may import the standard library and the fonts of golang.org/x/image only.
package chart

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"strconv"
	"time"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// Chart is what is drawn. Width and Height are in pixels.
type Chart struct {
	Title         string
	Width, Height int
	From, To      time.Time
	Stacked       bool
	// Least and Greatest bound the axis of values; nil takes them from what there is.
	Least, Greatest *float64
	Lines           []Line
	Marks           []Mark
}

// Line is a series; Times ascend. A gap of more than two Periods is no line.
type Line struct {
	Label  string
	Color  color.RGBA
	Period time.Duration
	Times  []time.Time
	Values []float64
}

// Mark is a horizontal line at a value.
type Mark struct {
	Label string
	Color color.RGBA
	Value float64
}

// Palette are the colours of lines that name none, in turn.
func Palette(i int) color.RGBA {
	colours := [...]color.RGBA{
		{31, 119, 180, 255}, {255, 127, 14, 255}, {44, 160, 44, 255}, {214, 39, 40, 255}, {148, 103, 189, 255},
		{140, 86, 75, 255}, {227, 119, 194, 255}, {127, 127, 127, 255}, {188, 189, 34, 255}, {23, 190, 207, 255},
	}
	return colours[i%len(colours)]
}

const (
	charWidth  = 7
	lineHeight = 15
	margin     = 8
	leftRoom   = 9 * charWidth
	ticks      = 5
)

// PNG draws the chart.
func (c *Chart) PNG() ([]byte, error) {
	img := image.NewRGBA(image.Rect(0, 0, c.Width, c.Height))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	c.stack()
	legend := min(len(c.Lines), max(c.Height/lineHeight/3, 1))
	area := image.Rect(leftRoom, margin+lineHeight+margin, c.Width-margin, c.Height-margin-(legend+1)*lineHeight-margin)
	if area.Dx() < 1 || area.Dy() < 1 {
		area = img.Bounds() // there is room for lines only
	}
	p := plot{Chart: c, img: img, area: area}
	p.least, p.greatest = c.bounds()
	p.text(c.Title, area.Min.X, margin+lineHeight-4, black)
	p.axes()
	for i := range c.Marks {
		p.mark(&c.Marks[i])
	}
	for i := range c.Lines {
		p.line(&c.Lines[i])
	}
	for i := range c.Lines[:legend] {
		y := area.Max.Y + margin + (i+2)*lineHeight - 4
		draw.Draw(img, image.Rect(leftRoom, y-8, leftRoom+charWidth, y-1), image.NewUniform(c.Lines[i].Color), image.Point{}, draw.Src)
		p.text(c.Lines[i].Label, leftRoom+2*charWidth, y, black)
	}
	var out bytes.Buffer
	err := png.Encode(&out, img)
	return out.Bytes(), err
}

// stack adds to each line those before it, at the same times.
func (c *Chart) stack() {
	if !c.Stacked {
		return
	}
	below := map[int64]float64{}
	for i := range c.Lines {
		values := make([]float64, len(c.Lines[i].Values))
		for n, t := range c.Lines[i].Times {
			below[t.Unix()] += c.Lines[i].Values[n]
			values[n] = below[t.Unix()]
		}
		c.Lines[i].Values = values
	}
}

// bounds are those of the values, with 0 among them as AWS's charts have it, unless the chart says others.
func (c *Chart) bounds() (least, greatest float64) {
	for _, l := range c.Lines {
		for _, v := range l.Values {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				least, greatest = min(least, v), max(greatest, v)
			}
		}
	}
	for _, m := range c.Marks {
		least, greatest = min(least, m.Value), max(greatest, m.Value)
	}
	if c.Least != nil {
		least = *c.Least
	}
	if c.Greatest != nil {
		greatest = *c.Greatest
	}
	if !(greatest > least) {
		greatest = least + 1
	}
	return least, greatest
}

var (
	black = color.RGBA{22, 25, 31, 255}
	grey  = color.RGBA{225, 228, 232, 255}
)

// plot is a chart on its picture.
type plot struct {
	*Chart
	img             *image.RGBA
	area            image.Rectangle
	least, greatest float64
}

func (p *plot) x(t time.Time) int {
	span := p.To.Sub(p.From)
	if span <= 0 {
		return p.area.Min.X
	}
	return p.area.Min.X + int(float64(p.area.Dx()-1)*float64(t.Sub(p.From))/float64(span))
}

func (p *plot) y(v float64) int {
	share := max(0, min(1, (v-p.least)/(p.greatest-p.least)))
	return p.area.Max.Y - 1 - int(share*float64(p.area.Dy()-1))
}

// axes draws a grid with times below and values at the left.
func (p *plot) axes() {
	for i := range ticks + 1 {
		v := p.least + (p.greatest-p.least)*float64(i)/ticks
		y := p.y(v)
		p.horizontal(y, grey)
		p.text(strconv.FormatFloat(v, 'g', 4, 64), margin/2, y+4, black)
		t := p.From.Add(p.To.Sub(p.From) * time.Duration(i) / ticks)
		label := t.UTC().Format("15:04")
		at := p.x(t) - len(label)*charWidth/2
		p.text(label, min(at, p.area.Max.X-len(label)*charWidth), p.area.Max.Y+lineHeight-2, black)
	}
}

func (p *plot) horizontal(y int, c color.RGBA) {
	for x := p.area.Min.X; x < p.area.Max.X; x++ {
		p.img.SetRGBA(x, y, c)
	}
}

func (p *plot) mark(m *Mark) {
	y := p.y(m.Value)
	p.horizontal(y, m.Color)
	p.text(m.Label, p.area.Min.X+margin, y-2, m.Color)
}

func (p *plot) line(l *Line) {
	last := -1 // the point before
	for i, t := range l.Times {
		if t.Before(p.From) || t.After(p.To) || math.IsNaN(l.Values[i]) {
			continue
		}
		x, y := p.x(t), p.y(l.Values[i])
		if last >= 0 && t.Sub(l.Times[last]) <= 2*l.Period {
			p.segment(image.Pt(p.x(l.Times[last]), p.y(l.Values[last])), image.Pt(x, y), l.Color)
		} else {
			p.dot(x, y, l.Color)
		}
		last = i
	}
}

// segment draws from point to point (Bresenham).
func (p *plot) segment(at, to image.Point, c color.RGBA) {
	d := to.Sub(at)
	dx, dy, step := abs(d.X), -abs(d.Y), image.Pt(sign(d.X), sign(d.Y))
	for e := dx + dy; ; {
		p.dot(at.X, at.Y, c)
		if at == to {
			return
		}
		twice := 2 * e
		if twice >= dy {
			e += dy
			at.X += step.X
		}
		if twice <= dx {
			e += dx
			at.Y += step.Y
		}
	}
}

// dot is two pixels wide.
func (p *plot) dot(x, y int, c color.RGBA) {
	for _, at := range [...]image.Point{{x, y}, {x + 1, y}, {x, y + 1}, {x + 1, y + 1}} {
		if at.In(p.area) {
			p.img.SetRGBA(at.X, at.Y, c)
		}
	}
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// text draws as much of a text as there is room for.
func (p *plot) text(s string, x, y int, c color.RGBA) {
	room := max(0, (p.Width-x)/charWidth)
	runes := []rune(s)
	d := font.Drawer{Dst: p.img, Src: image.NewUniform(c), Face: basicfont.Face7x13, Dot: fixed.P(x, y)}
	d.DrawString(string(runes[:min(len(runes), room)]))
}
