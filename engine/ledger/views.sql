-- Views of the ledger for people. Columns are only ever added at the end.

-- The numbers at the start of a row: each 7 bits a byte, lowest first; bit 7 says
-- that more follow.
create or replace function SCHEMA.numbers(raw bytea, wanted integer) returns numeric[] language plpgsql immutable as $$
declare
	found numeric[] := '{}'; n numeric := 0; unit numeric := 1; b integer; i integer := 0;
begin
	while i < length(raw) and coalesce(array_length(found, 1), 0) < wanted loop
		b := get_byte(raw, i); i := i + 1;
		n := n + (b & 127) * unit;
		if b < 128 then
			found := found || n; n := 0; unit := 1;
		else
			unit := unit * 128;
		end if;
	end loop;
	return found;
end $$;

-- A name as text; escaped where it is none.
create or replace function SCHEMA.name(raw bytea) returns text language plpgsql immutable as $$
begin
	return convert_from(raw, 'UTF8');
exception when others then
	return encode(raw, 'escape');
end $$;

-- The names in a key, each ended by 00 01; what is behind the last is left out.
create or replace function SCHEMA.names(key bytea) returns text[] language plpgsql immutable as $$
declare
	found text[] := '{}'; rest bytea := key; at integer;
begin
	loop
		at := position('\x0001'::bytea in rest);
		exit when at = 0;
		found := found || SCHEMA.name(substring(rest from 1 for at - 1));
		rest := substring(rest from at + 2);
	end loop;
	return found;
end $$;

-- A row in JSON; a zero character, which jsonb cannot hold, becomes U+FFFD.
create or replace function SCHEMA.json(raw bytea) returns jsonb language plpgsql immutable as $$
begin
	return convert_from(raw, 'UTF8')::jsonb;
exception when untranslatable_character then
	return regexp_replace(convert_from(raw, 'UTF8'), '(?<!\\)((?:\\\\)*)\\u0000', '\1\\ufffd', 'g')::jsonb;
end $$;

-- The last 32 bytes of a key as nodes print a hash.
create or replace function SCHEMA.hash(key bytea) returns text language sql immutable as $$
	select string_agg(lpad(to_hex(get_byte(key, length(key) - i)), 2, '0'), '' order by i) from generate_series(1, 32) i
$$;

create or replace function SCHEMA.moment(milliseconds numeric) returns timestamptz language sql immutable as $$
	select case when milliseconds <> 0 then to_timestamp(milliseconds / 1000) end
$$;

create or replace view SCHEMA.bucket_rows as
	select SCHEMA.name(b.name) as bucket, r.key, r.value from SCHEMA.rows r join SCHEMA.buckets b on b.id = r.bucket;

create or replace view SCHEMA.workers as
	select k[1] as pool, k[2] as account, k[3] as worker, n[1] as accepted,
		(n[2] * 18446744073709551616 + n[3]) as work_units, -- 2^-48 of a share of difficulty 1
		((n[2] * 18446744073709551616 + n[3]) / 281474976710656)::double precision as work,
		SCHEMA.moment(trunc(n[8] / 2)) as first_seen, SCHEMA.moment(trunc(n[9] / 2)) as last_seen -- zigzag
	from (select SCHEMA.names(key) as k, SCHEMA.numbers(value, 9) as n from SCHEMA.rows
		where bucket = (select id from SCHEMA.buckets where name = 'workers')) t;

create or replace view SCHEMA.accounts as
	select k[1] as pool, k[2] as account, n[1] as accepted, (n[2] * 18446744073709551616 + n[3]) as work_units,
		((n[2] * 18446744073709551616 + n[3]) / 281474976710656)::double precision as work,
		SCHEMA.moment(trunc(n[8] / 2)) as first_seen, SCHEMA.moment(trunc(n[9] / 2)) as last_seen
	from (select SCHEMA.names(key) as k, SCHEMA.numbers(value, 9) as n from SCHEMA.rows
		where bucket = (select id from SCHEMA.buckets where name = 'accounts')) t;

-- Amounts are base units. Account is null for the operator.
create or replace view SCHEMA.balances as
	select k[1] as pool, k[2] as chain, k[3] as account, n[1] as immature, n[2] as mature, n[3] as by_shares,
		n[5] as paid, coalesce(n[6], 0) as sending, coalesce(n[7], 0) as by_coinbase,
		n[2] + n[3] - n[5] - coalesce(n[6], 0) - coalesce(n[8], 0) as owed
	from (select SCHEMA.names(key) as k, SCHEMA.numbers(value, 8) as n from SCHEMA.rows
		where bucket = (select id from SCHEMA.buckets where name = 'balances')) t;

create or replace view SCHEMA.blocks as
	select (j->>'Seq')::numeric as number, j->>'Pool' as pool, j->>'Chain' as chain, (j->>'Height')::numeric as height, SCHEMA.hash(key) as hash,
		j->>'State' as state, (j->>'Confirmations')::numeric as confirmations, (j->>'Reward')::numeric as reward,
		j->>'Account' as account, j->>'Worker' as worker, SCHEMA.moment((j->>'Found')::numeric) as found, SCHEMA.moment((j->>'Changed')::numeric) as changed
	from (select key, SCHEMA.json(value) as j from SCHEMA.rows
		where bucket = (select id from SCHEMA.buckets where name = 'blocks')) t;

create or replace view SCHEMA.payments as
	select (j->>'ID')::numeric as number, j->>'Pool' as pool, j->>'Chain' as chain, j->>'State' as state, j->>'TxID' as transaction,
		(j->>'Fee')::numeric as fee, SCHEMA.moment((j->>'Made')::numeric) as made, SCHEMA.moment((j->>'Changed')::numeric) as changed, j->>'Reason' as reason
	from (select SCHEMA.json(value) as j from SCHEMA.rows
		where bucket = (select id from SCHEMA.buckets where name = 'payments')) t;

create or replace view SCHEMA.payment_outputs as
	select (j->>'ID')::numeric as number, o->>'Account' as account, o->>'Address' as address, (o->>'Amount')::numeric as amount
	from (select SCHEMA.json(value) as j from SCHEMA.rows
		where bucket = (select id from SCHEMA.buckets where name = 'payments')) t,
		jsonb_array_elements(case jsonb_typeof(j->'Outputs') when 'array' then j->'Outputs' else '[]' end) o
