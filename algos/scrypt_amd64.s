#include "textflag.h"

// Four scrypt mixes at a time. A register holds a diagonal, four words, of two
// hashes: hash 0 and 1 in the set P (Y0 to Y3), hash 2 and 3 in the set Q (Y4 to
// Y7). The sets do not depend on each other, so their steps are interleaved.
//
//	work + 0    P, half 0   4 registers
//	work + 128  P, half 1
//	work + 256  Q, half 0
//	work + 384  Q, half 1
//
// V has 1024 blocks of 128 bytes for each hash, 131072 bytes a hash.

// STEP is d ^= (a + b) <<< r in both sets, where s is 32-r.
#define STEP(dp, ap, bp, dq, aq, bq, r, s) \
	VPADDD ap, bp, Y8;   \
	VPADDD aq, bq, Y10;  \
	VPSLLD $r, Y8, Y9;   \
	VPSLLD $r, Y10, Y11; \
	VPSRLD $s, Y8, Y8;   \
	VPSRLD $s, Y10, Y10; \
	VPXOR  Y9, dp, dp;   \
	VPXOR  Y11, dq, dq;  \
	VPXOR  Y8, dp, dp;   \
	VPXOR  Y10, dq, dq

// TURN turns diagonals 1 to 3 so that columns become rows or back.
#define TURN(one, three) \
	VPSHUFD $one, Y1, Y1;   \
	VPSHUFD $one, Y5, Y5;   \
	VPSHUFD $0x4e, Y2, Y2;  \
	VPSHUFD $0x4e, Y6, Y6;  \
	VPSHUFD $three, Y3, Y3; \
	VPSHUFD $three, Y7, Y7

// DOUBLEROUND is a round over the columns and one over the rows.
#define DOUBLEROUND \
	STEP(Y1, Y0, Y3, Y5, Y4, Y7, 7, 25);  \
	STEP(Y2, Y1, Y0, Y6, Y5, Y4, 9, 23);  \
	STEP(Y3, Y2, Y1, Y7, Y6, Y5, 13, 19); \
	STEP(Y0, Y3, Y2, Y4, Y7, Y6, 18, 14); \
	TURN(0x93, 0x39);                     \
	STEP(Y3, Y0, Y1, Y7, Y4, Y5, 7, 25);  \
	STEP(Y2, Y3, Y0, Y6, Y7, Y4, 9, 23);  \
	STEP(Y1, Y2, Y3, Y5, Y6, Y7, 13, 19); \
	STEP(Y0, Y1, Y2, Y4, Y5, Y6, 18, 14); \
	TURN(0x39, 0x93)

// SALSA hashes the registers into the half at off, which is 0 or 128: half =
// registers = salsa20/8(registers xor half).
#define SALSA(off) \
	VPXOR   (off+0)(SI), Y0, Y0;   \
	VPXOR   (off+32)(SI), Y1, Y1;  \
	VPXOR   (off+64)(SI), Y2, Y2;  \
	VPXOR   (off+96)(SI), Y3, Y3;  \
	VPXOR   (off+256)(SI), Y4, Y4; \
	VPXOR   (off+288)(SI), Y5, Y5; \
	VPXOR   (off+320)(SI), Y6, Y6; \
	VPXOR   (off+352)(SI), Y7, Y7; \
	VMOVDQU Y0, (off+0)(SI);       \
	VMOVDQU Y1, (off+32)(SI);      \
	VMOVDQU Y2, (off+64)(SI);      \
	VMOVDQU Y3, (off+96)(SI);      \
	VMOVDQU Y4, (off+256)(SI);     \
	VMOVDQU Y5, (off+288)(SI);     \
	VMOVDQU Y6, (off+320)(SI);     \
	VMOVDQU Y7, (off+352)(SI);     \
	DOUBLEROUND;                   \
	DOUBLEROUND;                   \
	DOUBLEROUND;                   \
	DOUBLEROUND;                   \
	VPADDD  (off+0)(SI), Y0, Y0;   \
	VPADDD  (off+32)(SI), Y1, Y1;  \
	VPADDD  (off+64)(SI), Y2, Y2;  \
	VPADDD  (off+96)(SI), Y3, Y3;  \
	VPADDD  (off+256)(SI), Y4, Y4; \
	VPADDD  (off+288)(SI), Y5, Y5; \
	VPADDD  (off+320)(SI), Y6, Y6; \
	VPADDD  (off+352)(SI), Y7, Y7; \
	VMOVDQU Y0, (off+0)(SI);       \
	VMOVDQU Y1, (off+32)(SI);      \
	VMOVDQU Y2, (off+64)(SI);      \
	VMOVDQU Y3, (off+96)(SI);      \
	VMOVDQU Y4, (off+256)(SI);     \
	VMOVDQU Y5, (off+288)(SI);     \
	VMOVDQU Y6, (off+320)(SI);     \
	VMOVDQU Y7, (off+352)(SI)

// SPLIT takes a register of work apart into the blocks at a and b.
#define SPLIT(off, a, b, to) \
	VMOVDQU      (off)(SI), Y8;    \
	VMOVDQU      X8, (to)(a);      \
	VEXTRACTI128 $1, Y8, (to)(b)

// SPLIT4 does so with a half.
#define SPLIT4(off, a, b, to) \
	SPLIT(off+0, a, b, to+0);   \
	SPLIT(off+32, a, b, to+16); \
	SPLIT(off+64, a, b, to+32); \
	SPLIT(off+96, a, b, to+48)

// JOIN makes a register of work of the blocks at a and b.
#define JOIN(off, a, b, from) \
	VMOVDQU     (from)(a), X8;         \
	VINSERTI128 $1, (from)(b), Y8, Y8; \
	VMOVDQU     Y8, (off)(SI)

#define JOIN4(off, a, b, from) \
	JOIN(off+0, a, b, from+0);   \
	JOIN(off+32, a, b, from+16); \
	JOIN(off+64, a, b, from+32); \
	JOIN(off+96, a, b, from+48)

// XOR is what the blocks at a and b, and work hold, into reg; XORIN back into work.
#define XOR(off, a, b, from, x, reg) \
	VMOVDQU     (from)(a), x;            \
	VINSERTI128 $1, (from)(b), reg, reg; \
	VPXOR       (off)(SI), reg, reg

#define XORIN(off, a, b, from) \
	XOR(off, a, b, from, X8, Y8); \
	VMOVDQU Y8, (off)(SI)

// func scryptMix4(x *[4][32]uint32, work *[128]uint32, v *[4][1024][32]uint32)
TEXT ·scryptMix4(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), DI
	MOVQ work+8(FP), SI
	MOVQ v+16(FP), R8

	// Where the hashes' parts of v begin.
	LEAQ 131072(R8), R9
	LEAQ 131072(R9), R10
	LEAQ 131072(R10), R11

	LEAQ 128(DI), AX
	LEAQ 256(DI), BX
	LEAQ 384(DI), DX
	JOIN4(0, DI, AX, 0)
	JOIN4(128, DI, AX, 64)
	JOIN4(256, BX, DX, 0)
	JOIN4(384, BX, DX, 64)

	// Fill v with the chain of blocks.
	MOVQ $1024, CX
	MOVQ R8, AX
	MOVQ R9, BX
	MOVQ R10, DX
	MOVQ R11, R12

fill:
	SPLIT4(0, AX, BX, 0)
	SPLIT4(128, AX, BX, 64)
	SPLIT4(256, DX, R12, 0)
	SPLIT4(384, DX, R12, 64)
	ADDQ $128, AX
	ADDQ $128, BX
	ADDQ $128, DX
	ADDQ $128, R12

	VMOVDQU 128(SI), Y0
	VMOVDQU 160(SI), Y1
	VMOVDQU 192(SI), Y2
	VMOVDQU 224(SI), Y3
	VMOVDQU 384(SI), Y4
	VMOVDQU 416(SI), Y5
	VMOVDQU 448(SI), Y6
	VMOVDQU 480(SI), Y7
	SALSA(0)
	SALSA(128)
	DECQ CX
	JNZ  fill

	// Walk on, mixing in the blocks that word 0 of half 1 names.
	MOVQ $1024, CX

walk:
	MOVL 128(SI), AX
	MOVL 144(SI), BX
	MOVL 384(SI), DX
	MOVL 400(SI), R12
	ANDL $1023, AX
	ANDL $1023, BX
	ANDL $1023, DX
	ANDL $1023, R12
	SHLQ $7, AX
	SHLQ $7, BX
	SHLQ $7, DX
	SHLQ $7, R12
	ADDQ R8, AX
	ADDQ R9, BX
	ADDQ R10, DX
	ADDQ R11, R12

	XORIN(0, AX, BX, 0)
	XORIN(32, AX, BX, 16)
	XORIN(64, AX, BX, 32)
	XORIN(96, AX, BX, 48)
	XORIN(256, DX, R12, 0)
	XORIN(288, DX, R12, 16)
	XORIN(320, DX, R12, 32)
	XORIN(352, DX, R12, 48)
	XOR(128, AX, BX, 64, X0, Y0)
	XOR(160, AX, BX, 80, X1, Y1)
	XOR(192, AX, BX, 96, X2, Y2)
	XOR(224, AX, BX, 112, X3, Y3)
	XOR(384, DX, R12, 64, X4, Y4)
	XOR(416, DX, R12, 80, X5, Y5)
	XOR(448, DX, R12, 96, X6, Y6)
	XOR(480, DX, R12, 112, X7, Y7)
	VMOVDQU Y0, 128(SI)
	VMOVDQU Y1, 160(SI)
	VMOVDQU Y2, 192(SI)
	VMOVDQU Y3, 224(SI)
	VMOVDQU Y4, 384(SI)
	VMOVDQU Y5, 416(SI)
	VMOVDQU Y6, 448(SI)
	VMOVDQU Y7, 480(SI)
	SALSA(0)
	SALSA(128)
	DECQ CX
	JNZ  walk

	LEAQ 128(DI), AX
	LEAQ 256(DI), BX
	LEAQ 384(DI), DX
	SPLIT4(0, DI, AX, 0)
	SPLIT4(128, DI, AX, 64)
	SPLIT4(256, BX, DX, 0)
	SPLIT4(384, BX, DX, 64)
	VZEROUPPER
	RET
