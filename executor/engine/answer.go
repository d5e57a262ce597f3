package engine

// Answer is what a program said when it was asked whether it is ready.
type Answer struct {
	Connected bool   // something accepted the connection
	Status    int    // of its HTTP answer; 0 when it speaks no HTTP
	Excerpt   string // the beginning of the answer's body
	Error     string // why there was no answer
}

// Ready reports whether the program can have traffic: any HTTP answer under 500 will do, for a page that needs a
// sign-in or is not there is served by a program that works; so will a program that speaks something else than HTTP.
func (a Answer) Ready() bool {
	return a.Connected && (a.Status > 0 && a.Status < 500 || a.Status == 0 && a.Error == "")
}
