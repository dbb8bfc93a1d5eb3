#include "mqtt-doctor/report/report.hpp"

namespace mqttkit::doctor {

std::string json_schema() {
  return R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "mqtt-doctor --json",
  "type": "object",
  "required": [
    "format",
    "program",
    "target",
    "healthy",
    "exit_code",
    "cause",
    "causes",
    "warnings",
    "excluded"
  ],
  "anyOf": [
    {
      "required": [
        "steps",
        "facts"
      ]
    },
    {
      "required": [
        "vantages"
      ]
    }
  ],
  "properties": {
    "format": {
      "type": "integer"
    },
    "program": {
      "type": "string"
    },
    "target": {
      "type": "string"
    },
    "healthy": {
      "type": "boolean"
    },
    "exit_code": {
      "type": "integer"
    },
    "cause": {
      "type": [
        "string",
        "null"
      ]
    },
    "causes": {
      "type": "array",
      "items": {
        "$ref": "#/$defs/finding"
      }
    },
    "warnings": {
      "type": "array",
      "items": {
        "$ref": "#/$defs/finding"
      }
    },
    "excluded": {
      "type": "array",
      "items": {
        "type": "object",
        "required": [
          "id",
          "why"
        ],
        "properties": {
          "id": {
            "type": "string"
          },
          "why": {
            "type": "string"
          }
        }
      }
    },
    "steps": {
      "type": "array",
      "items": {
        "$ref": "#/$defs/step"
      }
    },
    "vantages": {
      "type": "array",
      "description": "Instead of steps and facts, when several files or a capture were explained.",
      "items": {
        "type": "object",
        "required": [
          "name",
          "target",
          "is_server",
          "healthy",
          "cause",
          "steps"
        ],
        "properties": {
          "name": {
            "type": "string"
          },
          "program": {
            "type": "string"
          },
          "started": {
            "type": "string"
          },
          "target": {
            "type": "string"
          },
          "is_server": {
            "type": "boolean"
          },
          "healthy": {
            "type": "boolean"
          },
          "cause": {
            "type": [
              "string",
              "null"
            ]
          },
          "causes": {
            "type": "array",
            "description": "Of a client in a capture, or a look with a phone, as is all that follows but the steps.",
            "items": {
              "$ref": "#/$defs/finding"
            }
          },
          "warnings": {
            "type": "array",
            "items": {
              "$ref": "#/$defs/finding"
            }
          },
          "excluded": {
            "type": "array",
            "items": {
              "type": "object"
            }
          },
          "exit_code": {
            "type": "integer"
          },
          "facts": {
            "type": "object"
          },
          "steps": {
            "type": "array",
            "items": {
              "$ref": "#/$defs/step"
            }
          }
        }
      }
    },
    "facts": {
      "type": "object",
      "description": "What was observed, member by member as in facts.hpp; explain reads it.",
      "required": [
        "format",
        "asked",
        "local",
        "name",
        "endpoints"
      ],
      "properties": {
        "watch": {
          "type": [
            "object",
            "null"
          ],
          "description": "What delivery --watch saw: drops and pauses, times in seconds."
        },
        "endpoints": {
          "type": "array",
          "items": {
            "type": "object"
          }
        }
      }
    }
  },
  "$defs": {
    "step": {
      "type": "object",
      "required": [
        "name",
        "state",
        "what",
        "ms"
      ],
      "properties": {
        "name": {
          "type": "string"
        },
        "state": {
          "enum": [
            "good",
            "bad",
            "doubtful",
            "untested"
          ]
        },
        "what": {
          "type": "string"
        },
        "ms": {
          "type": "number"
        }
      }
    },
    "finding": {
      "type": "object",
      "required": [
        "id",
        "layer",
        "severity",
        "certainty",
        "weight",
        "cause",
        "evidence",
        "cures"
      ],
      "properties": {
        "id": {
          "type": "string",
          "description": "As in mqtt-doctor-causes(7)."
        },
        "layer": {
          "enum": [
            "input",
            "name",
            "port",
            "path",
            "proxy",
            "tls",
            "websocket",
            "mqtt",
            "login",
            "permission",
            "delivery",
            "host",
            "phone"
          ]
        },
        "severity": {
          "enum": [
            "problem",
            "warning",
            "note"
          ]
        },
        "certainty": {
          "enum": [
            "certain",
            "likely",
            "possible"
          ]
        },
        "weight": {
          "description": "How well it explains the facts: 98 proven, 96 the other side says so, 94 measured, 91 seen, 86 two facts agree, 80 usual, 70 often, 60 and 45 one of several, 30 fits, 20 a hint, 10 and 5 hardly; less what it lost beside the others.",
          "type": "number",
          "minimum": 0,
          "maximum": 100
        },
        "cause": {
          "type": "string"
        },
        "evidence": {
          "type": "array",
          "items": {
            "type": "string"
          }
        },
        "cures": {
          "type": "array",
          "items": {
            "type": "object",
            "required": [
              "where",
              "kind",
              "what",
              "command"
            ],
            "properties": {
              "where": {
                "enum": [
                  "server",
                  "app",
                  "console",
                  "here"
                ]
              },
              "kind": {
                "description": "What command is: nothing; to be typed as it stands; to be typed, and only shows something; lines for file; to be completed first.",
                "enum": [
                  "words",
                  "command",
                  "look",
                  "lines",
                  "pattern"
                ]
              },
              "what": {
                "type": "string"
              },
              "command": {
                "type": "string"
              },
              "whose": {
                "type": "string"
              },
              "file": {
                "type": "string"
              },
              "follows": {
                "description": "The second half of the cure before, not another way.",
                "type": "boolean"
              },
              "asks": {
                "description": "Needs a terminal: it asks for a password, or is an editor.",
                "type": "boolean"
              }
            }
          }
        },
        "to_be_sure": {
          "type": "object",
          "properties": {
            "what": {
              "type": "string"
            },
            "command": {
              "type": "string"
            }
          }
        }
      }
    }
  }
}
)";
}

}  // namespace mqttkit::doctor
