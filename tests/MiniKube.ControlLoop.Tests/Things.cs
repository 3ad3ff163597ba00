using System.Text;
using MiniKube.Machinery;

namespace MiniKube.ControlLoop.Tests;

/// <summary>A kind of our own, so that these tests depend on no built-in one.</summary>
internal static class Things
{
    public static readonly ResourceType<JsonMap> Type = new(new("test.io", "v1", "things"), "Thing", true, bytes => JsonReader.ReadMap(bytes.Span));

    public static readonly ResourceType<JsonMap> Parts = new(new("test.io", "v1", "parts"), "Part", true, bytes => JsonReader.ReadMap(bytes.Span));

    public static byte[] Thing(string name, int wanted = 0, string label = "a") => Encoding.UTF8.GetBytes(
        $$$"""{"apiVersion":"test.io/v1","kind":"Thing","metadata":{"name":"{{{name}}}","labels":{"l":"{{{label}}}"}},"spec":{"wanted":{{{wanted}}}}}""");

    public static JsonMap Part(Item owner) => new()
    {
        { "apiVersion", "test.io/v1" }, { "kind", "Part" },
        {
            "metadata", new JsonMap
            {
                { "generateName", $"{owner.Name}-" },
                {
                    "ownerReferences", JsonList.Of(new JsonMap
                    {
                        { "apiVersion", "test.io/v1" }, { "kind", "Thing" }, { "name", owner.Name }, { "uid", owner.Uid }, { "controller", true },
                    })
                },
            }
        },
    };

    public static async Task Until(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (!holds())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Delay(1, limit.Token);
        }
    }
}
