namespace MiniKube.TestKit;

/// <summary>Waits for a condition, not for time.</summary>
public static class Until
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    public static Task True(Func<bool> condition, TimeSpan? most = null) => True(() => Task.FromResult(condition()), most);

    public static async Task True(Func<Task<bool>> condition, TimeSpan? most = null)
    {
        using var patience = new CancellationTokenSource(most ?? TimeSpan.FromSeconds(120));
        while (!await condition())
        {
            if (patience.IsCancellationRequested) throw new TimeoutException("the condition did not come true");
            await Task.Delay(Step, CancellationToken.None);
        }
    }

    /// <summary>The output of a command once it contains a text.</summary>
    public static async Task<string> Says(Func<Task<Output>> command, string text, TimeSpan? most = null)
    {
        Output? last = null;
        try
        {
            await True(async () => (last = await command()).All.Contains(text, StringComparison.Ordinal), most);
            return last!.All;
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"never said \"{text}\", but: {last?.All}");
        }
    }
}
