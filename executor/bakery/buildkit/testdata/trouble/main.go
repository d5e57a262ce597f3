// Command trouble is every bad build step that the tests know, as one static program that runs on an empty image.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "trouble:", err)
		os.Exit(3)
	}
}

func run(args []string) error {
	switch args[0] {
	case "say":
		fmt.Println(args[1])
	case "cat":
		text, err := os.ReadFile(args[1])
		if err != nil {
			return err
		}
		_, err = os.Stdout.Write(text)
		return err
	case "env":
		fmt.Println(os.Getenv(args[1]))
	case "write":
		return os.WriteFile(args[1], []byte(args[2]), 0o644)
	case "exit":
		fmt.Println("last words")
		code, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		os.Exit(code)
	case "hang":
		fmt.Println("hanging", args[1])
		time.Sleep(time.Hour)
	case "hang-children":
		for range 3 {
			if err := exec.Command("/trouble", "hang", args[1]).Start(); err != nil {
				return err
			}
		}
		return run([]string{"hang", args[1]})
	case "eat":
		fmt.Println("eating")
		var kept [][]byte
		for {
			kept = append(kept, bytes.Repeat([]byte{1}, 16<<20))
		}
	case "eat-child":
		fmt.Println("a child eats")
		err := exec.Command("/trouble", "eat").Run()
		return fmt.Errorf("the child ended: %w", err)
	case "fork":
		for i := 1; ; i++ {
			if err := exec.Command("/trouble", "hang", "child").Start(); err != nil {
				return fmt.Errorf("no more children after %d: %w", i, err)
			}
		}
	case "fill":
		f, err := os.Create("/filler")
		if err != nil {
			return err
		}
		fmt.Println("filling")
		for block := bytes.Repeat([]byte{1}, 1<<20); ; {
			if _, err := f.Write(block); err != nil {
				return err
			}
			time.Sleep(2 * time.Millisecond) // 500 MB/s at most
		}
	case "print":
		total, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		line := append(bytes.Repeat([]byte("x"), 99), '\n')
		for sent := 0; sent < total; sent += len(line) {
			if _, err := os.Stdout.Write(line); err != nil {
				return err
			}
		}
	}
	return nil
}
