-- Up Migration

-- How large what keeps data was, hour by hour: what a forecast is made of. Rows go after 90 days.
create table store_sizes (
  -- `database`, or a stream of the broker.
  store         text not null,
  seen_at       timestamptz not null,
  bytes         bigint not null,
  -- How large it may grow; null: nobody has said so.
  bytes_max     bigint,
  -- From then on as much leaves by age as comes; null: nothing leaves by age.
  levels_off_at  timestamptz,
  primary key (store, seen_at)
);
