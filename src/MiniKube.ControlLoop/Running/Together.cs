namespace MiniKube.ControlLoop;

/// <summary>Loops that live and end together: when one fails, the others are cancelled and its failure is the answer.</summary>
public static class Together
{
    public static async Task Run(CancellationToken cancel, params IEnumerable<Func<CancellationToken, Task>> loops)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var running = loops.Select(loop => Task.Run(() => loop(life.Token), CancellationToken.None)).ToList();
        var all = Task.WhenAll(running);
        foreach (var one in running) _ = one.ContinueWith(_ => life.Cancel(), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        try
        {
            await all;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested && !running.Exists(t => t.IsFaulted))
        {
        }
        catch (OperationCanceledException) when (running.Find(t => t.IsFaulted) is { } failed)
        {
            await failed;
        }
    }
}
