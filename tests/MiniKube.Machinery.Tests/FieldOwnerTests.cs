namespace MiniKube.Machinery.Tests;

/// <summary>An owner's entry is handed on as it was recorded; what it covers has to be told without taking it apart.</summary>
[TestFixture]
public sealed class FieldOwnerTests
{
    private const string Mine = """{"f:status":{"f:phase":{},"f:conditions":{".":{},"k:{\"type\":\"Ready\"}":{".":{},"f:status":{},"f:type":{}}}}}""";

    [TestCase("""{"f:status":{"f:phase":{}}}""", true)]
    [TestCase("""{"f:status":{"f:conditions":{"k:{\"type\":\"Ready\"}":{".":{},"f:status":{}}}}}""", true)]
    [TestCase("{}", true)]
    [TestCase("""{"f:status":{}}""", false)]
    [TestCase("""{"f:status":{"f:phase":{"f:x":{}}}}""", false)]
    [TestCase("""{"f:status":{"f:phase":{},"f:podIP":{}}}""", false)]
    [TestCase("""{"f:status":{"f:conditions":{"k:{\"type\":\"Initialized\"}":{".":{}}}}}""", false)]
    [TestCase("""{"f:spec":{"f:phase":{}}}""", false)]
    public void What_an_entry_covers_is_what_its_fields_cover(string set, bool covered)
    {
        var (mine, other) = (JsonReader.ReadMap(System.Text.Encoding.UTF8.GetBytes(Mine)), FieldTree.From(JsonReader.ReadMap(System.Text.Encoding.UTF8.GetBytes(set))));
        var owner = new FieldOwner("m", false, "v1", "status", "");
        Assert.Multiple(() =>
        {
            Assert.That((owner with { Recorded = new JsonMap { { "fieldsV1", mine } } }).OwnsAllOf(other), Is.EqualTo(covered));
            Assert.That((owner with { Fields = FieldTree.From(mine) }).OwnsAllOf(other), Is.EqualTo(covered));
        });
    }
}
