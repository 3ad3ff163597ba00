using System.Globalization;

namespace MiniKube.Machinery;

/// <summary>RFC 6902 with upstream's reading of it: "replace" of an absent member adds it, negative indexes are refused.</summary>
public static class JsonPatch
{
    /// <summary>More operations than this in one patch are refused.</summary>
    public const int MaxOperations = 10_000;

    private static readonly ApiError Refused = new(422, "Invalid", "the server rejected our request due to an error in our request");

    public static Result<JsonMap> Apply(JsonMap target, Json patch)
    {
        if (patch is not JsonList operations)
            return ApiError.BadRequest($"error decoding patch: json: cannot unmarshal {GoText.TypeOf(patch)} into Go value of type []handlers.jsonPatchOp");
        if (operations.Count > MaxOperations)
            return ApiError.TooLarge($"The allowed maximum operations in a JSON patch is {MaxOperations}, got {operations.Count}");
        Json root = target.CloneMap();
        foreach (var item in operations)
        {
            if (item is not JsonMap operation || !Step(ref root, operation)) return Refused;
        }
        return root is JsonMap map ? map : Refused;
    }

    private static bool Step(ref Json root, JsonMap operation)
    {
        if (operation.Text("path") is not { } path || !Pointer(path, out var steps)) return false;
        var value = operation["value"];
        // What adds or replaces and says no value means null; a map of texts then gets an empty one.
        switch (operation.Text("op"))
        {
            case "add":
                return Put(ref root, steps, (value ?? Json.Null).Clone(), insert: true);
            case "replace":
                return Put(ref root, steps, (value ?? Json.Null).Clone(), insert: false);
            case "remove":
                return Remove(root, steps) is not null;
            case "test":
                var found = Find(root, steps);
                return found is null ? value is null or JsonNull : found.SameAs(value ?? Json.Null);
            case "move":
                return operation.Text("from") is { } from && Pointer(from, out var source)
                    && !path.StartsWith(from + "/", StringComparison.Ordinal)
                    && Remove(root, source) is { } moved && Put(ref root, steps, moved, insert: true);
            case "copy":
                return operation.Text("from") is { } origin && Pointer(origin, out var copied)
                    && Find(root, copied) is { } original && Put(ref root, steps, original.Clone(), insert: true);
            default:
                return false;
        }
    }

    private static bool Pointer(string path, out string[] steps)
    {
        steps = [];
        if (path.Length == 0) return true;
        if (path[0] != '/') return false;
        steps = path[1..].Split('/');
        for (var i = 0; i < steps.Length; i++) steps[i] = steps[i].Replace("~1", "/").Replace("~0", "~");
        return true;
    }

    private static Json? Find(Json at, ReadOnlySpan<string> steps)
    {
        Json? found = at;
        foreach (var step in steps)
        {
            found = found switch
            {
                JsonMap map => map[step],
                JsonList list when Index(step, list.Count - 1) is { } i => list[i],
                _ => null,
            };
            if (found is null) return null;
        }
        return found;
    }

    private static bool Put(ref Json root, string[] steps, Json value, bool insert)
    {
        if (steps.Length == 0)
        {
            root = value;
            return true;
        }
        var last = steps[^1];
        switch (Find(root, steps.AsSpan(0, steps.Length - 1)))
        {
            case JsonMap map:
                map.Set(last, value);
                return true;
            case JsonList list when insert && last == "-":
                list.Add(value);
                return true;
            case JsonList list when insert && Index(last, list.Count) is { } at:
                list.Insert(at, value);
                return true;
            case JsonList list when !insert && Index(last, list.Count - 1) is { } at:
                list[at] = value;
                return true;
            default:
                return false;
        }
    }

    private static Json? Remove(Json root, string[] steps)
    {
        if (steps.Length == 0) return null;
        var last = steps[^1];
        switch (Find(root, steps.AsSpan(0, steps.Length - 1)))
        {
            case JsonMap map when map[last] is { } member:
                map.Remove(last);
                return member;
            case JsonList list when Index(last, list.Count - 1) is { } at:
                var item = list[at];
                list.RemoveAt(at);
                return item;
            default:
                return null;
        }
    }

    private static int? Index(string step, int most) =>
        int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var i) && i <= most ? i : null;
}
