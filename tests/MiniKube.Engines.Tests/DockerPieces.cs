using MiniKube.Engines.Docker;
using MiniKube.Kubelet;
using MiniKube.Machinery;

namespace MiniKube.Engines.Tests;

/// <summary>How Docker's answers are read.</summary>
[TestFixture]
public sealed class DockerPieces
{
    [TestCase("exited", "2026-01-01T00:00:05.66Z", "2026-01-01T00:00:05.65Z", "2026-01-01T00:00:05.66Z", TestName = "An_end_noted_before_the_start_is_at_the_start")]
    [TestCase("exited", "2026-01-01T00:00:05Z", "2026-01-01T00:00:07Z", "2026-01-01T00:00:07Z", TestName = "An_end_after_the_start_stays")]
    [TestCase("exited", "0001-01-01T00:00:00Z", "2026-01-01T00:00:07Z", "2026-01-01T00:00:07Z", TestName = "What_never_started_has_an_end_of_its_own")]
    public void An_end_is_never_before_its_start(string status, string started, string finished, string expected)
    {
        var container = DockerStates.Container(JsonReader.ParseMap($$$"""{"Id":"c","State":{"Status":"{{{status}}}","StartedAt":"{{{started}}}","FinishedAt":"{{{finished}}}"}}"""));
        Assert.That(container, Has.Property("Phase").EqualTo(ContainerPhase.Exited).And.Property("FinishedAt").EqualTo(DateTimeOffset.Parse(expected, null)));
    }
}
