package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
)

// pauseImage holds one program that does nothing. Its tag changes with the program.
const pauseImage = "slipway/pause:1"

// pauseMachine is the only machine that the program is for.
const pauseMachine = "x86_64"

// pauseCode waits for signals for ever, as the "pause" of Kubernetes' pods does: Slipway builds from Go alone, and a Go
// program would take a megabyte of memory where these nine bytes take a page.
var pauseCode = []byte{
	0xb8, 34, 0, 0, 0, // mov eax, 34 (pause)
	0x0f, 0x05, // syscall
	0xeb, 0xf7, // jmp back to the first
}

// pauseProgram is the code as an executable file of one segment.
func pauseProgram() ([]byte, error) {
	const base, headers = 0x400000, 64 + 56 // where it is loaded; the bytes before the code
	size := uint64(headers + len(pauseCode))
	header := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Entry: base + headers, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
	}
	segment := elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Vaddr: base, Paddr: base, Filesz: size, Memsz: size, Align: 0x1000}
	var file bytes.Buffer
	for _, part := range []any{header, segment, pauseCode} {
		if err := binary.Write(&file, binary.LittleEndian, part); err != nil {
			return nil, fmt.Errorf("write the pause program: %w", err)
		}
	}
	return file.Bytes(), nil
}

// ensurePause puts the image into the engine's store, unless it is there.
func (a api) ensurePause(ctx context.Context) error {
	if _, err := a.image(ctx, pauseImage); !errdefs.IsNotFound(err) {
		return err
	}
	program, err := pauseProgram()
	if err != nil {
		return err
	}
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	err = w.WriteHeader(&tar.Header{Name: "pause", Mode: 0o755, Size: int64(len(program)), Typeflag: tar.TypeReg})
	if err == nil {
		_, err = w.Write(program)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return fmt.Errorf("write the pause image: %w", err)
	}
	_, err = call(ctx, "import image", writeDeadline, none(func(ctx context.Context) error {
		answer, err := a.docker.ImageImport(ctx, image.ImportSource{Source: &layer, SourceName: "-"}, pauseImage,
			image.ImportOptions{Changes: []string{`ENTRYPOINT ["/pause"]`}})
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, answer)
		if closing := answer.Close(); err == nil {
			err = closing
		}
		return err
	}))
	return err
}
