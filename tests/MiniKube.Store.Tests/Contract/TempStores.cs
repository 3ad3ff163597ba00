namespace MiniKube.Store.Tests.Contract;

/// <summary>Opens stores of one implementation in a directory that goes away with them.</summary>
internal sealed class TempStores(string implementation) : IAsyncDisposable
{
    private readonly List<StateStore> opened = [];

    public static Terms TermsOf(string collection, ReadOnlySpan<byte> value)
    {
        // "node=a rest": the first word is a field and a label.
        var text = System.Text.Encoding.UTF8.GetString(value[..Math.Min(64, value.Length)]);
        var word = text.Split(' ')[0].Split('=');
        return word.Length == 2 ? new([word[0], word[1]], [word[0], word[1]]) : Terms.None;
    }

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("minik-store-").FullName;

    public string Path => System.IO.Path.Combine(Directory, "state.db");

    public async Task<StateStore> Open(StoreOptions? options, TimeProvider? clock = null)
    {
        var store = implementation == "memory" ? StateStore.InMemory(TermsOf, options) : Opened(await TryOpen(options, clock));
        if (implementation == "memory") opened.Add(store);
        return store;
    }

    public async Task<OpenOutcome> TryOpen(StoreOptions? options = null, TimeProvider? clock = null)
    {
        var outcome = await StateStore.OpenAsync((options ?? new()) with { Path = Path }, TermsOf, clock);
        if (outcome.Store is { } store) opened.Add(store);
        return outcome;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in opened) await store.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static StateStore Opened(OpenOutcome outcome)
    {
        Assert.That(outcome.Refusal?.Message, Is.Null);
        return outcome.Store!;
    }
}
