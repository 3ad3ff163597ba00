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

    public Task<StateStore> Open(StoreOptions? options)
    {
        Assert.That(implementation, Is.EqualTo("memory"));
        var store = StateStore.InMemory(TermsOf, options);
        opened.Add(store);
        return Task.FromResult(store);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in opened) await store.DisposeAsync();
    }
}
