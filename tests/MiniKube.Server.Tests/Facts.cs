using MiniKube.Machinery;

namespace MiniKube.Server.Tests;

/// <summary>Case files, and objects without what differs from run to run.</summary>
internal static class Facts
{
    private static readonly string[] Changing = ["uid", "creationTimestamp", "resourceVersion", "managedFields", "time"];

    public static string Folder(string name) => Path.Combine(TestContext.CurrentContext.TestDirectory, "Cases", name);

    public static JsonMap Read(string path) => JsonReader.ReadMap(File.ReadAllBytes(path));

    public static Json Stable(Json value)
    {
        switch (value)
        {
            case JsonMap map:
                var rest = new JsonMap();
                foreach (var (key, member) in map.OrderBy(m => m.Key, StringComparer.Ordinal))
                    if (!Changing.Contains(key)) rest.Set(key, Stable(member));
                return rest;
            case JsonList list:
                return new JsonList(list.Select(Stable));
            default:
                return value;
        }
    }

    /// <summary>Code, reason, message and causes of a refusal, as the case files write them.</summary>
    public static JsonMap Refusal(int code, JsonMap status)
    {
        var refusal = new JsonMap { { "code", code } };
        refusal["reason"] = status["reason"];
        refusal["message"] = status["message"];
        refusal["causes"] = status.Map("details")?["causes"];
        return refusal;
    }
}
