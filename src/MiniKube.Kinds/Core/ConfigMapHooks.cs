using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class ConfigMapHooks
{
    internal const int Limit = 1024 * 1024;

    public static readonly KindHooks All = new() { Validate = Check, ValidateUpdate = CheckUpdate };

    private static void Check(JsonMap map, List<FieldError> errors)
    {
        var root = Spot.Root(map, errors);
        var (data, binary) = (root["data"], root["binaryData"]);
        long size = 0;
        foreach (var (key, at) in data.Entries())
        {
            foreach (var fault in ValueRules.ConfigKey(key)) at.Invalid(key, fault);
            if (binary.Map.Has(key)) at.Invalid(key, "duplicate of key present in binaryData");
            size += Encoding.UTF8.GetByteCount(at.Text);
        }
        foreach (var (key, at) in binary.Entries())
        {
            foreach (var fault in ValueRules.ConfigKey(key)) at.Invalid(key, fault);
            size += Base64Length(at.Text);
        }
        if (size > Limit) root.Under("").TooLong(Limit);
    }

    internal static int Base64Length(string text) => text.Length / 4 * 3 - text.AsSpan().Count('=');

    private static void CheckUpdate(JsonMap map, JsonMap old, List<FieldError> errors) =>
        Frozen(Spot.Root(map, errors), old, "data", "binaryData");

    /// <summary>An object that said so of itself can't change any more.</summary>
    internal static void Frozen(Spot root, JsonMap old, params ReadOnlySpan<string> fields)
    {
        if (old.Bool("immutable") != true) return;
        const string why = "field is immutable when `immutable` is set";
        if (root["immutable"].Bool != true) root["immutable"].Forbidden(why);
        foreach (var field in fields)
        {
            var (now, was) = (root[field].Value, old[field]);
            if (now is null ? was is not null : !now.SameAs(was)) root[field].Forbidden(why);
        }
    }
}
