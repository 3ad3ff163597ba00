namespace MiniKube.Machinery;

/// <summary>The paths an applied configuration mentions: what its manager will own.</summary>
public static class AppliedFields
{
    /// <summary>The set, or a message when the configuration does not fit the schema (unknown field, duplicate key).</summary>
    public static (FieldTree Fields, string? Fault) Of(JsonMap configuration, Schema schema)
    {
        var tree = new FieldTree();
        var fault = Collect(configuration, schema, tree, "");
        return (tree, fault);
    }

    private static string? Collect(Json value, Schema? schema, FieldTree at, string path)
    {
        if (value is JsonMap map && FieldSteps.IsGranularMap(schema, value) && map.Count > 0)
        {
            foreach (var (key, member) in map)
            {
                var inner = FieldSteps.Member(schema, key);
                if (inner is null && schema is { PreserveUnknown: false, Type: SchemaType.Object } && schema.Values is null)
                    return $"{path}.{key}: field not declared in schema";
                // A null says nothing about the field.
                if (member.IsNull) continue;
                if (Collect(member, inner, at.At("f:" + key), $"{path}.{key}") is { } fault) return fault;
            }
            return null;
        }
        if (value is JsonList list && FieldSteps.IsGranularList(schema) && list.Count > 0)
        {
            foreach (var item in list)
            {
                if (FieldSteps.Of(schema!, item) is not { } step)
                    return $"{path}: element {list.TakeWhile(i => i != item).Count()}: associative list with keys has an element that omits key field \"{schema!.MapKeys.FirstOrDefault()}\" (and doesn't have default value)";
                var shown = path + FieldTree.Show(step);
                if (at[step] is not null) return $"{path}: duplicate entries for key {FieldTree.Show(step)}";
                var child = at.At(step);
                child.Self = true;
                if (item is JsonMap && Collect(item, schema!.Items?.Value, child, shown) is { } fault) return fault;
            }
            return null;
        }
        at.Self = true;
        return null;
    }
}
