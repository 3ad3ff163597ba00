namespace MiniKube.Machinery.Tests.Patches;

public sealed class MergePatchTests
{
    [FsCheck.NUnit.Property(MaxTest = 500)]
    public bool The_patch_between_two_objects_turns_one_into_the_other(int seed)
    {
        var chance = new Random(seed);
        var (from, to) = (Map(chance, 4), Map(chance, 4));
        var target = from.CloneMap();
        MergePatch.Apply(target, MergePatch.Between(from, to));
        return target.SameAs(to);
    }

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public bool Between_equals_there_is_nothing(int seed) => MergePatch.Between(Map(new(seed), 4), Map(new(seed), 4)).Count == 0;

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public bool A_list_of_operations_that_makes_no_sense_is_refused_and_changes_nothing(int seed)
    {
        var chance = new Random(seed);
        var target = Map(chance, 3);
        var before = target.CloneMap();
        var operations = new JsonList();
        for (var i = chance.Next(1, 4); i > 0; i--)
        {
            var operation = new JsonMap
            {
                { "op", new[] { "add", "remove", "replace", "move", "copy", "test", "nonsense" }[chance.Next(7)] },
                { "path", Path(chance) }, { "from", Path(chance) }, { "value", Value(chance, 2) },
            };
            operation.RemoveWhere((_, _) => chance.Next(12) == 0);
            operations.Add(operation);
        }
        var patched = JsonPatch.Apply(target, operations);
        return target.SameAs(before) && (patched.Ok || patched.Error!.Code is >= 400 and < 500);
    }

    private static string Path(Random chance) =>
        string.Concat(Enumerable.Range(0, chance.Next(4)).Select(_ => new[] { "/a", "/b", "/c", "/0", "/-", "/99", "/~1", "x", "/-1" }[chance.Next(9)]));

    private static JsonMap Map(Random chance, int depth)
    {
        var map = new JsonMap();
        for (var i = chance.Next(5); i > 0; i--) map.Set(((char)('a' + chance.Next(5))).ToString(), Value(chance, depth - 1));
        return map;
    }

    private static Json Value(Random chance, int depth) => chance.Next(depth > 0 ? 6 : 4) switch
    {
        0 => "text" + chance.Next(3),
        1 => chance.Next(5),
        2 => chance.Next(2) == 0,
        3 => new JsonList(),
        4 => JsonList.Of(Value(chance, depth - 1), Value(chance, depth - 1)),
        _ => Map(chance, depth),
    };
}
