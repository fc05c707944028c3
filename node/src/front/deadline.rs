//! How long a request may take: as long as its caller says, and no longer than the node does.

use std::time::Duration;

use tonic::metadata::MetadataMap;
use tonic::{Request, Status};

use super::receive::Received;

/// Digits of a timeout at most, by the specification of gRPC over HTTP/2.
const MAX_DIGITS: usize = 8;
/// The caller's own clock, and tonic's, run out a little later, so that it gets an answer and not a broken request.
const MARGIN: Duration = Duration::from_millis(5);

/// Does the work of a request, which has arrived, in its time.
pub(crate) async fn within<R, T>(
    request: &Request<R>,
    longest: Duration,
    work: impl Future<Output = Result<T, Status>>,
) -> Result<T, Status> {
    if let Some(received) = request.extensions().get::<Received>() {
        received.free();
    }
    let time = time(request.metadata(), longest);
    match tokio::time::timeout(time, work).await {
        Ok(result) => result,
        Err(_) => Err(Status::deadline_exceeded(format!("not done in {time:?}"))),
    }
}

/// How long a request with this metadata may take.
pub(super) fn time(metadata: &MetadataMap, longest: Duration) -> Duration {
    let told = metadata.get("grpc-timeout").and_then(|value| parse(value.to_str().ok()?));
    let told = told.map(|told| told.saturating_sub(MARGIN.min(told / 4)));
    told.map_or(longest, |told| told.min(longest))
}

fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > MAX_DIGITS || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 60 * 60),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_as_grpc_writes_them() {
        for (text, expected) in [
            ("1S", Some(Duration::from_secs(1))),
            ("99999999H", Some(Duration::from_secs(99_999_999 * 3600))),
            ("250m", Some(Duration::from_millis(250))),
            ("7u", Some(Duration::from_micros(7))),
            ("123456789n", None),
            ("S", None),
            ("1", None),
            ("", None),
            ("-1S", None),
            ("1ä", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn the_shorter_time_counts() {
        let longest = Duration::from_secs(10);
        let mut metadata = MetadataMap::new();
        assert_eq!(time(&metadata, longest), longest);
        metadata.insert("grpc-timeout", "1S".parse().unwrap());
        assert_eq!(time(&metadata, longest), Duration::from_millis(995));
        metadata.insert("grpc-timeout", "1H".parse().unwrap());
        assert_eq!(time(&metadata, longest), longest);
    }
}
