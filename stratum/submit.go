package stratum

// submit judges a submission and appends its reply, which leaves only after
// the turn was committed.
func (s *session) submit(r *request) {
	t := &s.turn
	start := len(t.replies)
	t.asked++
	w, why := s.srv.dialect.fill(s, r)
	var result Result
	if why != Accepted {
		s.srv.pool.Rejected(w, why)
	} else {
		if t.judge == nil {
			t.judge = s.srv.pool.Begin()
		}
		result = t.judge.Judge(&s.submission)
		why = result.Reason
	}
	s.submission.Job = nil
	late := why == Pending
	if late {
		why = Accepted // until settle knows better
		t.late++
	}
	t.replies = s.srv.forms.judgement(t.replies, r.id, why)
	if why != Accepted {
		s.reject(why)
		return
	}
	t.marks[t.marked] = mark{start, len(t.replies), result.Difficulty, s.submission.Difficulty, w, late}
	t.marked++
}

// submitter finds the worker of a submission among those admitted here.
func (s *session) submitter(r *request) (Worker, Reason) {
	if !s.subscribed {
		return nil, NotSubscribed
	}
	if len(s.workers) == 0 {
		return nil, Unauthorized
	}
	name := r.param(0)
	if name.kind != kindText {
		return nil, Malformed
	}
	if s.last != nil && string(name.raw) == s.last.name {
		return s.last.worker, Accepted
	}
	m, ok := s.workers[string(name.raw)]
	if !ok {
		return nil, Unauthorized
	}
	s.last = m
	return m.worker, Accepted
}

// fill makes the session's submission out of a request; Accepted means that its
// form is right.
func (s *session) fill(r *request, w Worker) Reason {
	sub := &s.submission
	if r.count < 5 {
		return Malformed
	}
	size := s.srv.cfg.Extranonce2Size
	id, extra := r.param(1), r.param(2)
	if id.kind != kindText || extra.kind != kindText ||
		!unhex(sub.Extranonce[extranonce1Size:extranonce1Size+size], extra.raw) {
		return Malformed
	}
	var ok [2]bool
	sub.NTime, ok[0] = r.param(3).word32()
	var nonce uint32
	nonce, ok[1] = r.param(4).word32()
	sub.Nonce = uint64(nonce)
	if !ok[0] || !ok[1] {
		return Malformed
	}
	// A missing sixth parameter is zero bits.
	sub.VersionBits = 0
	if bits := r.param(5); bits.kind != kindAbsent && bits.kind != kindNull {
		if sub.VersionBits, ok[0] = bits.word32(); !ok[0] {
			return Malformed
		}
	}
	job := s.srv.pool.Lookup(id.raw)
	if job == nil {
		return UnknownJob
	}
	return s.freeze(job, w)
}

// freeze completes the submission by what was frozen into its job. A share is
// judged by the smaller of the job's difficulty and the present one: down helps
// at once, up only with later jobs. It is credited by its job's, see
// Submission.Full.
func (s *session) freeze(job Job, w Worker) Reason {
	sub := &s.submission
	v := s.view.Load()
	e := v.epochOf(job.Seq(), 0)
	if e.mask == 0 && sub.VersionBits != 0 {
		return VersionNotGranted
	}
	if sub.VersionBits&^e.mask != 0 {
		return VersionBits
	}
	copy(sub.Extranonce[:], e.extranonce[:])
	sub.ExtranonceLen = extranonce1Size + s.srv.cfg.Extranonce2Size
	sub.Mask = e.mask
	s.judgeBy(job, w, v, e)
	return Accepted
}

// judgeBy puts into the submission what a share of w for a job of epoch e is
// judged by.
func (s *session) judgeBy(job Job, w Worker, v *view, e *epoch) {
	sub := &s.submission
	e = v.payingOf(job.Seq(), e)
	sub.Job, sub.Worker, sub.Payee = job, w, s.out.payee
	sub.Now = s.turn.now
	sub.Difficulty, sub.Target = e.difficulty, e.target
	sub.Full, sub.FullTarget = 0, [32]byte{}
	if v.difficulty < e.difficulty {
		sub.Difficulty, sub.Target = v.difficulty, v.target
		sub.Full, sub.FullTarget = e.difficulty, e.target
	}
}
