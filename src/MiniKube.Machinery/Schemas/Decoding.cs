namespace MiniKube.Machinery;

/// <summary>
/// The first pass over a body: refuses wrong JSON types with upstream's 400, drops unknown fields and reports them, drops
/// nulls and empty values that mean absence, and writes quantities and times in their canonical form.
/// </summary>
public static class Decoding
{
    /// <summary>Null when the tree has the kind's shape; it is changed in place.</summary>
    public static ApiError? Apply(Kind kind, JsonMap tree, List<string>? unknown = null) =>
        Fault(kind.Schema.Value, tree, unknown) is { } fault
            ? ApiError.BadRequest($"{kind.Name} in version \"{kind.Version}\" cannot be handled as a {kind.Name}: {fault}")
            : null;

    /// <summary>What is wrong with the first value that can't be read, or null.</summary>
    public static string? Fault(Schema schema, JsonMap tree, List<string>? unknown = null)
    {
        var pass = new DecodingPass(unknown);
        pass.Members(schema, tree);
        return pass.Fault;
    }

    /// <summary>The 400 of fieldValidation=Strict.</summary>
    public static ApiError Strict(Kind kind, IEnumerable<string> complaints) => ApiError.BadRequest(
        $"{kind.Name} in version \"{kind.Version}\" cannot be handled as a {kind.Name}: strict decoding error: {string.Join(", ", complaints)}");

    public static string UnknownField(string path) => $"unknown field \"{path}\"";
    public static string DuplicateField(string path) => $"duplicate field \"{path}\"";
}
