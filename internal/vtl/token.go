package vtl

// kind is a kind of token. Of two that match the same text the lower one counts. It is no closed set to who reads tokens:
// each reader knows those of its state.
type kind = uint8

const (
	eof kind = iota
	indexOpen
	indexClose
	listOpen
	listClose
	comma
	twoDots
	colon
	mapOpen
	mapClose
	parenOpen
	parenClose
	callClose // the bracket that ends a method's arguments
	escapedDirective
	setDirective
	dollar         // of these six more must come
	dollarBang     //
	textblockOpen  //
	docCommentOpen //
	commentOpen    //
	hash           //
	lineComment
	doubleEscape
	escape
	text
	lineEnd
	docCommentClose
	commentClose
	textblock
	skipped       // a character of a comment
	textblockChar // more must come
	whitespace
	stringLiteral
	trueLiteral
	falseLiteral
	minus
	plus
	times
	divide
	modulo
	logicalAnd
	logicalOr
	less
	lessEqual
	greater
	greaterEqual
	equal
	notEqual
	logicalNot
	assign
	end
	ifDirective
	elseifDirective
	elseDirective
	integer
	floating
	word
	bracedWord
	identifier
	dot
	braceOpen
	braceClose
	referenceEnd // of these two the characters are read again
	directiveEnd //
	emptyIndex
)

// token is one of the template's tokens. Its image begins with what had to be read before its kind was clear: the "$!{" of
// a reference, the "#" of a directive.
type token struct {
	kind    kind
	image   string
	special string // what was read for nothing before it, as far as it is text
}

// literal is the text that the token stands for.
func (t *token) literal() string {
	if t.kind == commentClose {
		return ""
	}
	return t.special + t.image
}

// state is a state of the lexer.
type state uint8

const (
	inText state = iota
	inReference
	inModifier  // behind the dot of a reference
	inArguments // of a method
	inIndex
	preDirective // behind "#"
	inDirective  // between a directive's brackets
	inTextblock
	inLineComment
	inDocComment
	inComment
)
