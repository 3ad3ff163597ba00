using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Probes;

/// <summary>Successes and failures in a row, against the thresholds: what one probe's answers amount to.</summary>
public readonly record struct ProbeCount(bool? Result, bool LastAnswer, int InARow)
{
    public ProbeCount Next(bool answer, Probe probe)
    {
        var row = InARow > 0 && answer == LastAnswer ? InARow + 1 : 1;
        var needed = Math.Max(1, answer ? probe.SuccessThreshold ?? 1 : probe.FailureThreshold ?? 3);
        return new(row >= needed ? answer : Result, answer, row);
    }
}
