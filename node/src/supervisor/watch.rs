//! Watches a worker for the reasons to end it.

use std::time::Duration;

use tokio::process::Child;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::{End, Settings, WorkerKind};
use crate::proto::v1::Progress;
use crate::proto::worker::StatusResponse;

/// How often memory is looked at. Between two looks a worker that runs wild may take some hundred megabytes.
const MEMORY_INTERVAL: Duration = Duration::from_millis(100);
/// How often a worker is asked how it is, where its work may take longer than that.
const HEARTBEAT: Duration = Duration::from_millis(500);
/// Asked more often, a worker would be slower for it.
const SHORTEST_HEARTBEAT: Duration = Duration::from_millis(10);

/// Returns once the worker must be replaced. `progress` is told how far its work has come.
pub(super) async fn watch<K: WorkerKind>(
    child: &mut Child,
    client: K::Client,
    settings: &Settings,
    progress: impl Fn(Option<Progress>),
) -> End {
    let pid = child.id();
    tokio::select! {
        status = child.wait() => End::Exited(status.ok()),
        end = memory(pid, settings.memory) => end,
        end = heartbeat::<K>(client, settings, progress) => end,
    }
}

async fn memory(pid: Option<u32>, limit: u64) -> End {
    let mut ticks = interval(MEMORY_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // Of a process that has just ended there is nothing to read.
        let used = pid.and_then(resident_bytes).unwrap_or(0);
        if used > limit {
            return End::Memory(used);
        }
    }
}

/// The bytes of a process that are in memory.
pub(crate) fn resident_bytes(pid: u32) -> Option<u64> {
    quickpickle_memory::status(pid, "VmRSS").map(|kibibytes| kibibytes << 10)
}

async fn heartbeat<K: WorkerKind>(
    client: K::Client,
    settings: &Settings,
    progress: impl Fn(Option<Progress>),
) -> End {
    let between = settings.work.clamp(SHORTEST_HEARTBEAT, HEARTBEAT);
    loop {
        sleep(between).await;
        match timeout(settings.stall, K::status(client.clone())).await {
            Err(_) => return End::Stalled(settings.stall),
            Ok(Err(_)) => return End::Lost,
            Ok(Ok(StatusResponse { busy_ms, progress: now })) => {
                progress(now);
                let busy = Duration::from_millis(busy_ms);
                if busy > settings.work {
                    return End::Overdue(busy);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_a_process_is_known() {
        let used = resident_bytes(std::process::id()).unwrap();
        assert!((1 << 20..1 << 40).contains(&used), "{used}");
        assert_eq!(resident_bytes(u32::MAX), None);
    }
}
