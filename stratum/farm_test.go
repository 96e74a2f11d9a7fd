package stratum

import (
	"fmt"
	"strings"
	"testing"
)

func authorize(id any, user string) string {
	return fmt.Sprintf(`{"id":%v,"method":"mining.authorize","params":[%q,"x"]}`, id, user)
}

// Behind a proxy with one connection for a farm, rigs with a wrong name, which try
// again and again, must not end the work of the others.
func TestWrongNamesBehindAProxyEndNobodysWork(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	refusal := func(id int) string {
		return fmt.Sprintf(`{"id":%d,"result":null,"error":[24,"no \"address\" at all",null]}`, id)
	}

	t.Run("from its first share on", func(t *testing.T) {
		c := dial(t, addr)
		job := c.login()
		c.send(submission("4", "w", job, "00000001"))
		c.want(accepted("4"))
		for i := range 10 * authorizeTries {
			c.send(authorize(i, "bad.rig"))
			c.want(refusal(i))
		}
		c.send(submission("5", "w", job, "00000002"))
		c.want(accepted("5"))
	})

	t.Run("before it, as many for each rig", func(t *testing.T) {
		c := dial(t, addr)
		c.login()
		for i := range 2*authorizeTries - 1 {
			c.send(authorize(i, "bad.rig"))
			c.want(refusal(i))
		}
		c.sync()
		c.send(authorize(99, "bad.rig"))
		c.want(refusal(99), "")
	})
}

// A rig too many is refused, and the others work on.
func TestAFarmLargerThanAConnectionTakes(t *testing.T) {
	p := newPool()
	p.put(newJob(1, true))
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	job := c.login()
	for i := 1; i < workersLimit; i++ {
		c.send(authorize(i, fmt.Sprintf("w.%d", i)))
		c.want(accepted(fmt.Sprint(i)))
	}
	for i := range 10 * authorizeTries {
		c.send(authorize(i, fmt.Sprintf("w.more.%d", i)))
		c.want(fmt.Sprintf(`{"id":%d,"result":null,"error":[24,%q,null]}`, i, errWorkers))
	}
	c.send(submission("5", "w.255", job, "00000002"), authorize(6, "w.7"))
	c.want(accepted("5"), accepted("6"))
}

// A connection keeps the names of its workers as they are sent: the pool, which cuts
// spaces off, does not bound them.
func TestLongUserNamesAreRefused(t *testing.T) {
	p := newPool()
	_, addr := serve(t, p, nil)
	c := dial(t, addr)
	c.subscribe(`[]`)
	c.send(authorize(1, "w"+strings.Repeat(" ", nameLimit-1)), authorize(2, "w"+strings.Repeat(" ", nameLimit)))
	c.want(accepted("1"), `{"id":2,"result":null,"error":[24,"user name is longer than 512 characters",null]}`)
	if n := len(p.logins); n != 1 {
		t.Errorf("the pool was asked %d times, want once", n)
	}
}
