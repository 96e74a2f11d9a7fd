package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestCacheKeepsForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, made := newCache(), 0
		get := func() string {
			a, err := c.get(t.Context(), lanePool, "k", time.Second, func(context.Context) *answer {
				made++
				return newAnswer(200, jsonType, fmt.Append(nil, made))
			})
			if err != nil {
				t.Fatal(err)
			}
			return string(a.body)
		}
		first, second := get(), get()
		time.Sleep(time.Second)
		if third := get(); first != "1" || second != "1" || third != "2" {
			t.Errorf("got %s %s %s, want 1 1 2", first, second, third)
		}
	})
}

// TestCacheIsBounded asks for more than fits, one thing at a time.
func TestCacheIsBounded(t *testing.T) {
	c := newCache()
	for i := range 3 * cacheEntries {
		if _, err := c.get(t.Context(), lanePool, fmt.Sprint(i), time.Hour, func(context.Context) *answer {
			return newAnswer(200, jsonType, make([]byte, 20_000))
		}); err != nil {
			t.Fatal(err)
		}
		if len(c.entries) > cacheEntries || c.bytes > cacheBytes+30_000 {
			t.Fatalf("%d entries of %d bytes", len(c.entries), c.bytes)
		}
	}
	sum := 0
	for _, e := range c.entries {
		sum += e.answer.size()
	}
	if sum != c.bytes {
		t.Errorf("counted %d bytes, there are %d", c.bytes, sum)
	}
}

// TestVisitorsWaitTheirTurn has every maker busy: who comes later is told so.
func TestVisitorsWaitTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, hold := newCache(), make(chan struct{})
		var all sync.WaitGroup
		for i := range makers[lanePool] {
			all.Go(func() {
				_, err := c.get(t.Context(), lanePool, fmt.Sprint(i), time.Second, func(context.Context) *answer {
					<-hold
					return newAnswer(200, jsonType, nil)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		_, err := c.get(t.Context(), lanePool, "late", time.Second, func(context.Context) *answer { return newAnswer(200, jsonType, nil) })
		if !errors.Is(err, ErrBusy) {
			t.Errorf("got %v, want %v", err, ErrBusy)
		}
		if _, err := c.get(t.Context(), laneAccount, "beside", time.Second, func(context.Context) *answer { return newAnswer(200, jsonType, nil) }); err != nil {
			t.Errorf("in another lane: %v", err)
		}
		close(hold)
		all.Wait()
		if _, err := c.get(t.Context(), lanePool, "late", time.Second, func(context.Context) *answer { return newAnswer(200, jsonType, nil) }); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// TestPanicReachesNobodyElse has one answer fail while another waits for it.
func TestPanicReachesNobodyElse(t *testing.T) {
	c := newCache()
	a, err := c.get(t.Context(), lanePool, "k", time.Hour, func(context.Context) *answer { panic("oops") })
	if err != nil || a.status != 500 || a.panic == nil || bytes.Contains(a.body, []byte("oops")) {
		t.Fatalf("got %+v %v", a, err)
	}
	if a, err := c.get(t.Context(), lanePool, "k", time.Hour, func(context.Context) *answer { return newAnswer(200, jsonType, nil) }); err != nil || a.status != 200 {
		t.Errorf("then %+v %v", a, err)
	}
}
